"""UpSampling1D: sequences made larger by repeating."""

from __future__ import annotations

from typing import Any

from klayers.upsampling.base import BaseUpSampling


class UpSampling1D(BaseUpSampling):
    """Repeats each step.

    Args:
        size: how many times, default 2.
        **kwargs: see Layer.

    Shapes: input (batch, steps, channels), output (batch, steps * size, channels).

    Raises:
        ConfigurationError: if the size is not positive.

    Example:
        >>> UpSampling1D(3).compute_output_shape((None, 9, 4))
        (None, 27, 4)
    """

    rank = 1

    def __init__(self, size: Any = 2, **kwargs: Any) -> None:
        super().__init__(size, "channels_last", **kwargs)
        self.size = self.size[0]
