"""UpSampling3D: volumes made larger by repeating."""

from __future__ import annotations

from klayers.upsampling.base import BaseUpSampling


class UpSampling3D(BaseUpSampling):
    """Repeats each place along depth, height and width.

    Args:
        size: how many times along depth, height and width, one number for all, default 2.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, depth, height, width, channels), output with each spatial size times its
        factor.

    Raises:
        ConfigurationError: if the size is not positive.

    Example:
        >>> UpSampling3D((1, 2, 3)).compute_output_shape((None, 4, 4, 4, 1))
        (None, 4, 8, 12, 1)
    """

    rank = 3
