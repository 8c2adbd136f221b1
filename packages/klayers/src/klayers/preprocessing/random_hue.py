"""RandomHue: hues turned at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels, per_image


class RandomHue(RandomImageLayer):
    """In training hues are turned around the colour circle, in either direction.

    Args:
        factor: bounds of the turn, from 0 to 1, where 1 is half the circle; one number is the upper
            bound.
        value_range: the values of black and white, default (0, 255); results stay between them.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomHue(0.2).factor
        (0.0, 0.2)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomHue", 0, 1)
        self.value_range = levels(value_range, "RandomHue")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `turn` of each image as a share of the circle, (batch,)."""
        return {"turn": self._sign(images) * self._uniform(images, self.factor) * 0.5}

    def transform(self, images: Tensor, turn: Any) -> Tensor:  # type: ignore[override]
        """The images turned so far."""
        return colour.with_hue(images, per_image(turn, images), *self.value_range)
