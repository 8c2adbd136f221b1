"""UpSampling2D: images made larger by repeating or interpolating."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.ops.image import check_interpolation
from kcore.typing import Tensor
from klayers.upsampling.base import BaseUpSampling


class UpSampling2D(BaseUpSampling):
    """Images made larger by whole factors.

    Pixels are squares whose value lies in the middle, so that [0, 1] becomes [0, 0.25, 0.75, 1]
    with "bilinear" and a factor of 2.

    Args:
        size: factors for height and width, one number for both, default 2.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        interpolation: "nearest" (repeats pixels), "bilinear", "bicubic", "lanczos3" or "lanczos5".
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output (batch, height * size[0], width * size[1],
        channels).

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> UpSampling2D((1, 3)).compute_output_shape((None, 8, 8, 3))
        (None, 8, 24, 3)
    """

    rank = 2

    def __init__(
        self,
        size: Any = 2,
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(size, data_format, **kwargs)
        self.interpolation = check_interpolation(interpolation, "UpSampling2D")

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, height, width, channels) to the larger sizes."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        sizes = ops.shape(inputs)
        target = [sizes[axis] * factor for axis, factor in self.factors.items()]
        return ops.image.resize(inputs, target, self.interpolation, data_format=self.data_format)
