"""Permute: axes in another order."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class Permute(Layer):
    """The axes behind the batch in another order.

    Args:
        dims: the axes in their new order, counted from 1: (2, 1) exchanges two.
        **kwargs: see Layer.

    Shapes: input (batch, a, b, ...), output with the sizes in the new order.

    Raises:
        ConfigurationError: if dims is not 1 ... n in some order.

    Example:
        >>> Permute((2, 1)).compute_output_shape((None, 10, 64))
        (None, 64, 10)
    """

    takes_several = False

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims) if isinstance(dims, (list, tuple)) else (dims,)
        if set(self.dims) != set(range(1, len(self.dims) + 1)):
            raise ConfigurationError(
                f"Permute: dims must hold the numbers 1 to n once each (the batch is not counted); "
                f"received {dims!r}."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, ...) with the axes exchanged."""
        return ops.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The sizes in the new order."""
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))
