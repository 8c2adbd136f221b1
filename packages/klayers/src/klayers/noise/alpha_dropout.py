"""AlphaDropout: dropout that keeps mean and variance, for selu."""

from __future__ import annotations

from typing import Any

from kcore import Layer, backend, ops, random, shapes
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor

# what selu approaches far below zero: -scale * alpha
_LOWEST = -1.0507009873554805 * 1.6732632423543772


class AlphaDropout(Layer):
    """In training each value is p with probability `rate`, then all become a * x + b.

    p = -1.7581 is selu's lowest value, a = ((1 - rate) * (1 + rate * p * p)) ** -0.5 and
    b = -a * p * rate keep mean 0 and variance 1 (Klambauer et al., 2017).

    Args:
        rate: probability, from 0, below 1.
        noise_shape: shape of the decisions, broadcast to the input; None entries take the input's
            size.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if the rate is not from 0, below 1.

    Example:
        >>> AlphaDropout(0.1).compute_output_shape((None, 8))
        (None, 8)
    """

    takes_several = False
    supports_masking = True

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = number(rate, "rate", "AlphaDropout", low=0, high=1)
        if self.rate == 1:
            raise ConfigurationError("AlphaDropout: rate must be below 1; received 1.")
        if noise_shape is not None and not isinstance(noise_shape, (list, tuple)):
            raise ConfigurationError(
                "AlphaDropout: noise_shape must have one size for each axis of the input; "
                f"received {noise_shape!r}."
            )
        self.noise_shape = (
            None if noise_shape is None else shapes.standardize(noise_shape, "noise_shape")
        )
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, some of it set to p in training."""
        if not training or self.rate == 0:
            return inputs
        sizes = backend.tensor.dynamic_shape(inputs)
        wanted = self.noise_shape or (None,) * len(sizes)
        shape = [s if n is None else n for s, n in zip(sizes, wanted, strict=True)]
        draw = random.uniform(shape, seed=self.seed_generator)
        kept = ops.cast(ops.greater_equal(draw, self.rate), self.compute_dtype)
        scale = ((1 - self.rate) * (1 + self.rate * _LOWEST**2)) ** -0.5
        shift = -scale * _LOWEST * self.rate
        return scale * (inputs * kept + _LOWEST * (1 - kept)) + shift

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
