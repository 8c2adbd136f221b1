"""RandomBrightness: images made lighter or darker at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels, per_image


class RandomBrightness(RandomImageLayer):
    """In training each image is made lighter or darker: a share of the range of values is added.

    Args:
        factor: bounds of the share, from -1 to 1; one number stands for both directions.
        value_range: the values of black and white, default (0, 255); results stay between them.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomBrightness(0.2).factor
        (-0.2, 0.2)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomBrightness", -1, 1, symmetric=True)
        self.value_range = levels(value_range, "RandomBrightness")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `share` for each image, (batch,)."""
        return {"share": self._uniform(images, self.factor)}

    def transform(self, images: Tensor, share: Any) -> Tensor:  # type: ignore[override]
        """The images with these shares added."""
        return colour.brighter(images, per_image(share, images), *self.value_range)
