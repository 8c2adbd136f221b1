"""AdaptiveAveragePooling1D: the mean value of as many windows as are asked for."""

from __future__ import annotations

from kcore import ops
from klayers.pooling.base import BaseAdaptivePooling


class AdaptiveAveragePooling1D(BaseAdaptivePooling):
    """The mean value of windows over the steps of a sequence, as many as `output_size` says.

    Along an axis of length n, place i of m covers the inputs from floor(i * n / m) to before
    ceil((i + 1) * n / m): windows of nearly equal size that may overlap by one.

    Args:
        output_size: number of windows, at least 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, steps, channels) with known spatial sizes, output (batch, new steps,
        channels).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if a spatial size is not known.

    Example:
        >>> AdaptiveAveragePooling1D(3).compute_output_shape((None, 28, 4))
        (None, 3, 4)
    """

    rank = 1
    pool = staticmethod(ops.adaptive_average_pool)
