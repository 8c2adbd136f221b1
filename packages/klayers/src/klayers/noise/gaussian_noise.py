"""GaussianNoise: normal noise added in training."""

from __future__ import annotations

from typing import Any

from kcore import Layer, backend, random
from kcore.arguments import number
from kcore.typing import Shape, Tensor


class GaussianNoise(Layer):
    """In training, normal numbers with mean 0 are added (Bishop, 1995); else nothing changes.

    Args:
        stddev: standard deviation of the noise, at least 0.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if stddev is negative.

    Example:
        >>> GaussianNoise(0.1).compute_output_shape((None, 8))
        (None, 8)
    """

    takes_several = False
    supports_masking = True

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = number(stddev, "stddev", "GaussianNoise", low=0)
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with noise in training."""
        if not training or self.stddev == 0:
            return inputs
        shape = backend.tensor.dynamic_shape(inputs)
        dtype = self.compute_dtype
        return inputs + random.normal(shape, 0.0, self.stddev, dtype, self.seed_generator)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
