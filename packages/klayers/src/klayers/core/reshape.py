"""Reshape: the same numbers in another shape."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops, shapes
from kcore.errors import ConfigurationError, shown
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

    takes_several = False

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        sizes = [target_shape] if isinstance(target_shape, int) else target_shape
        whole = isinstance(sizes, (list, tuple)) and all(
            hasattr(s, "__index__") and int(s) >= -1 for s in sizes
        )
        if not whole or list(sizes).count(-1) > 1:
            raise ConfigurationError(
                "Reshape: target_shape must be whole numbers, of which one may be -1; received "
                f"{shown(target_shape)}."
            )
        self.target_shape = tuple(int(size) for size in sizes)

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
