"""RandomShear: images slanted at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Config, Tensor
from klayers.preprocessing.geometric import BaseAffine
from klayers.preprocessing.image import factor_range, without_negative


class RandomShear(BaseAffine):
    """In training each image is slanted, from the upper left corner on.

    Args:
        x_factor: bounds of the shift to the side, for each row, in columns; from 0 to 1. One number
            is the upper bound. The direction is random.
        y_factor: bounds of the shift up or down, for each column, in rows.
        fill_mode: what lies outside: "reflect" (default; d c b a | a b c d | d c b a), "constant",
            "nearest" (the edge) or "wrap".
        interpolation: "bilinear" (default) or "nearest".
        fill_value: the value outside for "constant".
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomShear(0.2).x_factor
        (0.0, 0.2)
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.x_factor = factor_range(x_factor, "x_factor", "RandomShear", 0, 1)
        self.y_factor = factor_range(y_factor, "y_factor", "RandomShear", 0, 1)

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The slants of each image along `x` and `y`, (batch,); both have the same sign."""
        sign = self._sign(images)
        return {
            "x": sign * self._uniform(images, self.x_factor),
            "y": sign * self._uniform(images, self.y_factor),
        }

    def transform(self, images: Tensor, x: Any, y: Any) -> Tensor:  # type: ignore[override]
        """The images slanted so much."""
        return self._sample(images, [1.0, x, 0.0, y, 1.0, 0.0, 0.0, 0.0])

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer from its configuration, ours or Keras'."""
        return cls(**without_negative(without_negative(config, "x_factor"), "y_factor"))
