"""ZeroPadding1D: steps of zeros before and behind sequences."""

from __future__ import annotations

from klayers.padding.base import BaseZeroPadding


class ZeroPadding1D(BaseZeroPadding):
    """Steps of zeros before and behind sequences.

    Args:
        padding: one number for both ends or (before, after), default 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes: input (batch, steps, channels), output (batch, before + steps + after, channels).

    Raises:
        ConfigurationError: if the padding is none of these.

    Example:
        >>> ZeroPadding1D((1, 0)).compute_output_shape((None, 9, 4))
        (None, 10, 4)
    """

    rank = 1
