"""Cropping2D: cuts the edges of images off."""

from __future__ import annotations

from typing import Any

from klayers.cropping.base import BaseCropping


class Cropping2D(BaseCropping):
    """Cuts the edges of images off.

    Args:
        cropping: one number for all sides, (height, width) or ((top, bottom), (left, right)),
            default 0: nothing is cut off.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output with each spatial size less what is cut off.

    Raises:
        ConfigurationError: if the cropping is none of these.
        ShapeError: if nothing would be left.

    Example:
        >>> Cropping2D(((1, 2), (0, 4))).compute_output_shape((None, 28, 28, 3))
        (None, 25, 24, 3)
    """

    rank = 2

    def __init__(self, cropping: Any = 0, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)
