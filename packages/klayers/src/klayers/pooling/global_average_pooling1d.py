"""GlobalAveragePooling1D: the mean of each channel over whole sequences."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.pooling.base import BaseGlobalPooling


class GlobalAveragePooling1D(BaseGlobalPooling):
    """The mean of each channel over the steps of a sequence.

    With a mask, the mean over the steps it keeps; 0 for a sequence of which it keeps none.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        keepdims: whether the steps stay, with size 1.
        **kwargs: see Layer.

    Shapes: input (batch, steps, channels), mask (batch, steps), output (batch, channels).

    Example:
        >>> GlobalAveragePooling1D().compute_output_shape((None, 9, 64))
        (None, 64)
    """

    rank = 1
    reduce = staticmethod(ops.mean)
    supports_masking = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """(batch, steps, channels) to (batch, channels)."""
        if mask is None:
            return super().call(inputs)
        kept = ops.cast(mask, self.compute_dtype)
        kept = ops.expand_dims(kept, 1 if self.data_format == "channels_first" else 2)
        total = ops.sum(inputs * kept, self.spatial_axes, self.keepdims)
        return total / ops.maximum(ops.sum(kept, self.spatial_axes, self.keepdims), 1)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """None: there are no steps left to mask."""
        return None
