"""RandomRotation: images turned at random in training."""

from __future__ import annotations

import math
from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.preprocessing.geometric import BaseAffine, middle
from klayers.preprocessing.image import factor_range


class RandomRotation(BaseAffine):
    """In training each image is turned about its middle, by an angle of its own.

    Args:
        factor: bounds of the angle as shares of a full turn, counter-clockwise positive; one number
            stands for both directions: 0.1 is from -36 to 36 degrees.
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
        >>> RandomRotation(0.1).factor
        (-0.1, 0.1)
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomRotation", -1, 1, symmetric=True)

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `angle` of each image in radians, (batch,)."""
        return {"angle": self._uniform(images, self.factor) * (2 * math.pi)}

    def transform(self, images: Tensor, angle: Any) -> Tensor:  # type: ignore[override]
        """The images turned by these angles."""
        row, column = middle(images)
        cos, sin = ops.cos(angle), ops.sin(angle)
        right = column - cos * column + sin * row
        down = row - sin * column - cos * row
        return self._sample(images, [cos, -sin, right, sin, cos, down, 0.0, 0.0])
