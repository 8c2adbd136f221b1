"""GlobalMaxPooling1D: the largest value of each channel over whole sequences."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BaseGlobalPooling


class GlobalMaxPooling1D(BaseGlobalPooling):
    """The largest value of each channel over the steps of a sequence.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        keepdims: whether the steps stay, with size 1.
        **kwargs: see Layer.

    Shapes: input (batch, steps, channels), output (batch, channels).

    Example:
        >>> GlobalMaxPooling1D().compute_output_shape((None, 9, 64))
        (None, 64)
    """

    rank = 1
    reduce = staticmethod(ops.max)
