"""ZeroPadding3D: layers of zeros around volumes."""

from __future__ import annotations

from klayers.padding.base import BaseZeroPadding


class ZeroPadding3D(BaseZeroPadding):
    """Layers of zeros around volumes.

    Args:
        padding: one number for all sides, (depth, height, width) or a pair (before, after) for
            each, default 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, depth, height, width, channels), output with each spatial size plus its two
        paddings.

    Raises:
        ConfigurationError: if the padding is none of these.

    Example:
        >>> ZeroPadding3D((1, 0, 2)).compute_output_shape((None, 4, 4, 4, 1))
        (None, 6, 4, 8, 1)
    """

    rank = 3
