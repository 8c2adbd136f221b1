"""ZeroPadding2D: rows and columns of zeros around images."""

from __future__ import annotations

from klayers.padding.base import BaseZeroPadding


class ZeroPadding2D(BaseZeroPadding):
    """Rows and columns of zeros around images.

    Args:
        padding: one number for all sides, (height, width) or ((top, bottom), (left, right)),
            default 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output (batch, top + height + bottom, left + width +
        right, channels).

    Raises:
        ConfigurationError: if the padding is none of these.

    Example:
        >>> ZeroPadding2D(3).compute_output_shape((None, 224, 224, 3))
        (None, 230, 230, 3)
    """

    rank = 2
