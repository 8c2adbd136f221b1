"""Cropping3D: cuts the edges of volumes off."""

from __future__ import annotations

from klayers.cropping.base import BaseCropping


class Cropping3D(BaseCropping):
    """Cuts the edges of volumes off.

    Args:
        cropping: one number for all sides, (depth, height, width) or a pair (before, after) for
            each, default 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, depth, height, width, channels), output with each spatial size less what is
        cut off.

    Raises:
        ConfigurationError: if the cropping is none of these.
        ShapeError: if nothing would be left.

    Example:
        >>> Cropping3D().compute_output_shape((None, 4, 4, 4, 1))
        (None, 2, 2, 2, 1)
    """

    rank = 3
