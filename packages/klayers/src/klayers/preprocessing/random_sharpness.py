"""RandomSharpness: images sharpened or smoothed at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels, per_image


class RandomSharpness(RandomImageLayer):
    """In training x becomes smooth + 2 * factor * (x - smooth), smooth being a mean of 3x3 pixels.

    Args:
        factor: bounds from 0 (smoothed) over 0.5 (the image) to 1 (sharpened); one number is the
            upper bound.
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
        >>> RandomSharpness(0.2).factor
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
        self.factor = factor_range(factor, "factor", "RandomSharpness", 0, 1)
        self.value_range = levels(value_range, "RandomSharpness")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `factor` of each image, (batch,)."""
        return {"factor": self._uniform(images, self.factor)}

    def transform(self, images: Tensor, factor: Any) -> Tensor:  # type: ignore[override]
        """The images with these factors; the mean weighs 5 / 13 in the middle, 1 / 13 around."""
        return colour.sharpened(images, per_image(factor, images), *self.value_range)
