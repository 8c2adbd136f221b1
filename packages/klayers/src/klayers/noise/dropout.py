"""Dropout: some values are set to zero in training."""

from __future__ import annotations

from typing import Any

from kcore import Layer, random, shapes
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor


class Dropout(Layer):
    """In training each value is 0 with probability `rate`; the others are divided by 1 - rate.

    Srivastava et al., Dropout, 2014. Outside training nothing changes.

    Args:
        rate: probability, from 0 to 1.
        noise_shape: shape of the decisions, broadcast to the input; None entries take the input's
            size, so (None, 1, None) drops whole steps.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if the rate is no probability.

    Example:
        >>> Dropout(0.5).compute_output_shape((None, 8))
        (None, 8)
    """

    takes_several = False
    supports_masking = True

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ConfigurationError(f"Dropout: rate must be from 0 to 1; received {rate!r}.")
        self.rate = rate
        if noise_shape is not None and not isinstance(noise_shape, (list, tuple)):
            raise ConfigurationError(
                f"Dropout: noise_shape must have one size for each axis of the input; received "
                f"{noise_shape!r}."
            )
        self.noise_shape = (
            None if noise_shape is None else shapes.standardize(noise_shape, "noise_shape")
        )
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, some of it dropped in training."""
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
