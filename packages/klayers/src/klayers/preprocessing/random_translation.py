"""RandomTranslation: images shifted at random in training."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.preprocessing.geometric import BaseAffine
from klayers.preprocessing.image import factor_range


class RandomTranslation(BaseAffine):
    """In training each image is shifted by a distance of its own.

    Args:
        height_factor: bounds of the shift as shares of the height, down positive; one number stands
            for both directions.
        width_factor: bounds of the shift as shares of the width, to the right positive.
        fill_mode: what lies outside: "reflect" (default; d c b a | a b c d | d c b a), "constant",
            "nearest" (the edge) or "wrap".
        interpolation: "bilinear" (default) or "nearest".
        seed: of the random numbers; drawn from the global stream if None.
        fill_value: the value outside for "constant".
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomTranslation(0.1, (0.0, 0.2)).width_factor
        (0.0, 0.2)
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        cls = "RandomTranslation"
        self.height_factor = factor_range(height_factor, "height_factor", cls, -1, 1, True)
        self.width_factor = factor_range(width_factor, "width_factor", cls, -1, 1, True)

    def draw(self, images: Tensor) -> dict[str, Any]:
        """How far each image goes `down` and to the `right`, in pixels, (batch,)."""
        height, width = (ops.cast(n, "float32") for n in ops.shape(images)[1:3])
        return {
            "down": self._uniform(images, self.height_factor) * height,
            "right": self._uniform(images, self.width_factor) * width,
        }

    def transform(self, images: Tensor, down: Any, right: Any) -> Tensor:  # type: ignore[override]
        """The images shifted so far."""
        return self._sample(images, [1.0, 0.0, -right, 0.0, 1.0, -down, 0.0, 0.0])
