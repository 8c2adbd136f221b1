"""SpatialDropout: whole channels are dropped, as neighbours know too much of each other."""

from __future__ import annotations

from typing import Any

from kcore import Layer, config, random
from kcore.arguments import number
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class BaseSpatialDropout(Layer):
    """Dropout of whole channels over `rank` axes (Tompson et al., 2015)."""

    takes_several = False

    supports_masking = True
    rank: int

    def __init__(self, rate: float, seed: int | None, data_format: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = number(rate, "rate", type(self).__name__, low=0, high=1)
        self.seed = seed
        self.data_format = data_format
        self.seed_generator = random.SeedGenerator(seed)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, some of its channels zero in training."""
        if not training or self.rate == 0:
            return inputs
        places = (1,) * self.rank
        last = self.data_format == "channels_last"
        shape = (None, *places, None) if last else (None, None, *places)
        return random.dropout(inputs, self.rate, shape, self.seed_generator)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class SpatialDropout1D(BaseSpatialDropout):
    """In training each channel of a sequence is 0 with probability `rate`, in all steps.

    Args:
        rate: probability, from 0 to 1.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output (batch, steps, channels).

    Raises:
        ConfigurationError: if the rate is no probability.

    Example:
        >>> SpatialDropout1D(0.5).compute_output_shape((None, 5, 8))
        (None, 5, 8)
    """

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, seed, "channels_last", **kwargs)


class SpatialDropout2D(BaseSpatialDropout):
    """In training each channel of an image is 0 with probability `rate`, in all places.

    Args:
        rate: probability, from 0 to 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output (batch, height, width, channels).

    Raises:
        ConfigurationError: if the rate is no probability.

    Example:
        >>> SpatialDropout2D(0.5).compute_output_shape((None, 5, 5, 8))
        (None, 5, 5, 8)
    """

    rank = 2

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, config.standardize_data_format(data_format), **kwargs)


class SpatialDropout3D(BaseSpatialDropout):
    """In training each channel of a volume is 0 with probability `rate`, in all places.

    Args:
        rate: probability, from 0 to 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output (batch, depth, height, width, channels).

    Raises:
        ConfigurationError: if the rate is no probability.

    Example:
        >>> SpatialDropout3D(0.5).compute_output_shape((None, 3, 5, 5, 8))
        (None, 3, 5, 5, 8)
    """

    rank = 3

    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, config.standardize_data_format(data_format), **kwargs)
