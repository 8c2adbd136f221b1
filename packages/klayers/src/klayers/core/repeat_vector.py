"""RepeatVector: the same features at every step."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class RepeatVector(Layer):
    """The input n times, as steps.

    Args:
        n: number of steps, at least 1.
        **kwargs: see Layer.

    Shapes: input (batch, features), output (batch, n, features).

    Raises:
        ConfigurationError: if n is no positive whole number.

    Example:
        >>> RepeatVector(3).compute_output_shape((None, 8))
        (None, 3, 8)
    """

    takes_several = False

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = shapes.as_tuple(n, 1, "RepeatVector: n")[0]
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, features) to (batch, n, features)."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The steps between batch and features."""
        return (input_shape[0], self.n, input_shape[1])
