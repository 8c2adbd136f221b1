"""GlobalMaxPooling3D: the largest value of each channel over whole volumes."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BaseGlobalPooling


class GlobalMaxPooling3D(BaseGlobalPooling):
    """The largest value of each channel over depth, height and width.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        keepdims: whether depth, height and width stay, with size 1.
        **kwargs: see Layer.

    Shapes: input (batch, depth, height, width, channels), output (batch, channels).

    Example:
        >>> GlobalMaxPooling3D().compute_output_shape((None, 4, 4, 4, 64))
        (None, 64)
    """

    rank = 3
    reduce = staticmethod(ops.max)
