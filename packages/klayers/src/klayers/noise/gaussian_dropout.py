"""GaussianDropout: normal noise multiplied in training."""

from __future__ import annotations

from typing import Any

from kcore import Layer, backend, random
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor


class GaussianDropout(Layer):
    """In training each value is multiplied by a normal number, mean 1, variance rate / (1 - rate).

    Mean and variance are those of Dropout (Srivastava et al., 2014, section 10).

    Args:
        rate: from 0, below 1.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if the rate is not from 0, below 1.

    Example:
        >>> GaussianDropout(0.5).compute_output_shape((None, 8))
        (None, 8)
    """

    takes_several = False
    supports_masking = True

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = number(rate, "rate", "GaussianDropout", low=0, high=1)
        if self.rate == 1:
            raise ConfigurationError("GaussianDropout: rate must be below 1; received 1.")
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with noise in training."""
        if not training or self.rate == 0:
            return inputs
        deviation = (self.rate / (1 - self.rate)) ** 0.5
        shape = backend.tensor.dynamic_shape(inputs)
        dtype = self.compute_dtype
        return inputs * random.normal(shape, 1.0, deviation, dtype, self.seed_generator)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
