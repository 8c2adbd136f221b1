"""AveragePooling1D: the mean value of each window."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BasePooling


class AveragePooling1D(BasePooling):
    """The mean value of each window over the steps of a sequence.

    Args:
        pool_size: length of the window, default 2.
        strides: steps of the window; its size if None.
        padding: "valid" (the window stays inside) or "same" (padding never counts).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes: input (batch, steps, channels), output (batch, new steps, channels).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> AveragePooling1D().compute_output_shape((None, 28, 4))
        (None, 14, 4)
    """

    rank = 1
    pool = staticmethod(ops.average_pool)
