"""Reshape: the same numbers in another shape."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops, shapes
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor


class Reshape(Layer):
    """The same numbers in another shape.

    Args:
        target_shape: without the batch; one size may be -1.
        **kwargs: see Layer.

    Shapes: input (batch, ...), output (batch, *target_shape).

    Raises:
        ConfigurationError: if several sizes are -1.
        ShapeError: if the number of elements differs.

    Example:
        >>> Reshape((2, -1)).compute_output_shape((None, 6))
        (None, 2, 3)
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = (
            (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        )
        if self.target_shape.count(-1) > 1 or any(s < -1 for s in self.target_shape):
            raise ConfigurationError(
                f"Reshape: target_shape must hold sizes and at most one -1: {target_shape!r}."
            )

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, ...) to (batch, *target_shape)."""
        known = self.compute_output_shape(tuple(inputs.shape))[1:]
        if None in known:
            return ops.reshape(inputs, (ops.shape(inputs)[0], *self.target_shape))
        return ops.reshape(inputs, (-1, *known))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The batch and the target, -1 filled in."""
        rest = shapes.reshape(
            tuple(input_shape[1:]), self.target_shape, f"Layer {self.name!r} (Reshape)"
        )
        return (input_shape[0], *rest)
