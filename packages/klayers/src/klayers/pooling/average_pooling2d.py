"""AveragePooling2D: the mean value of each window."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BasePooling


class AveragePooling2D(BasePooling):
    """The mean value of each window over height and width.

    Args:
        pool_size: height and width of the window, one number for both, default 2.
        strides: steps of the window; its size if None.
        padding: "valid" (the window stays inside) or "same" (padding never counts).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes: input (batch, height, width, channels), output (batch, new height, new width, channels).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> AveragePooling2D().compute_output_shape((None, 28, 28, 1))
        (None, 14, 14, 1)
    """

    rank = 2
    pool = staticmethod(ops.average_pool)
