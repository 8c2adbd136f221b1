"""RandomInvert: images as negatives at random in training."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels


class RandomInvert(RandomImageLayer):
    """In training some images become their negatives: low + high - x.

    Args:
        factor: bounds of the share of images that do, from 0 to 1; one number is the upper bound.
        value_range: the values of black and white, default (0, 255); results stay between them.
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomInvert(0.2).factor
        (0.0, 0.2)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomInvert", 0, 1)
        self.value_range = levels(value_range, "RandomInvert")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Which images do: `chosen`, (batch, 1, 1, 1) bool."""
        share = self._uniform(images, self.factor, 1, 1, 1)
        return {"chosen": self._uniform(images, (0.0, 1.0), 1, 1, 1) < share}

    def transform(self, images: Tensor, chosen: Any) -> Tensor:  # type: ignore[override]
        """The images, negative where chosen."""
        return ops.where(chosen, sum(self.value_range) - images, images)
