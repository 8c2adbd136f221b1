"""Cropping1D: cuts the edges of sequences off."""

from __future__ import annotations

from typing import Any

from klayers.cropping.base import BaseCropping


class Cropping1D(BaseCropping):
    """Cuts the edges of sequences off.

    Args:
        cropping: one number for both ends or (before, after), default 1.
        **kwargs: see Layer.

    Shapes: input (batch, steps, channels), output with each spatial size less what is cut off.

    Raises:
        ConfigurationError: if the cropping is none of these.
        ShapeError: if nothing would be left.

    Example:
        >>> Cropping1D((1, 2)).compute_output_shape((None, 9, 4))
        (None, 6, 4)
    """

    rank = 1

    def __init__(self, cropping: Any = 1, **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)
