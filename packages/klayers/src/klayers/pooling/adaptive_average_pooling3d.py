"""AdaptiveAveragePooling3D: the mean value of as many windows as are asked for."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BaseAdaptivePooling


class AdaptiveAveragePooling3D(BaseAdaptivePooling):
    """The mean value of windows over depth, height and width, as many as `output_size` says.

    Along an axis of length n, place i of m covers the inputs from floor(i * n / m) to before
    ceil((i + 1) * n / m): windows of nearly equal size that may overlap by one.

    Args:
        output_size: number of windows along depth, height and width, one number for all.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, depth, height, width, channels) with known spatial sizes, output (batch, new
        depth, new height, new width, channels).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if a spatial size is not known.

    Example:
        >>> AdaptiveAveragePooling3D(3).compute_output_shape((None, 8, 8, 8, 1))
        (None, 3, 3, 3, 1)
    """

    rank = 3
    pool = staticmethod(ops.adaptive_average_pool)
