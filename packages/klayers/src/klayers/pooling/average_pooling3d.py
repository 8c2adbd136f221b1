"""AveragePooling3D: the mean value of each window."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BasePooling


class AveragePooling3D(BasePooling):
    """The mean value of each window over depth, height and width.

    Args:
        pool_size: depth, height and width of the window, one number for all, default 2.
        strides: steps of the window; its size if None.
        padding: "valid" (the window stays inside) or "same" (padding never counts).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, depth, height, width, channels), output (batch, new depth, new height, new
        width, channels).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> AveragePooling3D().compute_output_shape((None, 8, 8, 8, 1))
        (None, 4, 4, 4, 1)
    """

    rank = 3
    pool = staticmethod(ops.average_pool)
