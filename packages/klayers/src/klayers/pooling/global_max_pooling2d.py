"""GlobalMaxPooling2D: the largest value of each channel over whole images."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BaseGlobalPooling


class GlobalMaxPooling2D(BaseGlobalPooling):
    """The largest value of each channel over height and width.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        keepdims: whether height and width stay, with size 1.
        **kwargs: see Layer.

    Shapes: input (batch, height, width, channels), output (batch, channels).

    Example:
        >>> GlobalMaxPooling2D().compute_output_shape((None, 7, 7, 64))
        (None, 64)
    """

    rank = 2
    reduce = staticmethod(ops.max)
