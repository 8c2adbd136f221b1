"""Dot: products of the vectors of two inputs, sample by sample."""

from __future__ import annotations

import string
from typing import Any

from kcore import Layer, ops, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.typing import Shape, Tensor


class Dot(Layer):
    """Sums of products along one axis of each of two inputs, for each sample.

    Args:
        axes: the axis of both inputs, or one for each; the batch is axis 0 and cannot be summed.
        normalize: whether vectors are first divided by their length, which gives cosines.
        **kwargs: see Layer.

    Shapes:
        a list of two inputs, (batch, ...) each; output (batch, others of the first, others of the
        second), or (batch, 1) if there are no others.

    Raises:
        ConfigurationError: if axes is not one or two axes behind the batch.
        ShapeError: if there are not two inputs, or the sizes along the axes differ.

    Example:
        >>> Dot(1).compute_output_shape([(None, 3, 4), (None, 3, 5)])
        (None, 4, 5)
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
        if len(pair) != 2 or not all(isinstance(a, int) and a != 0 for a in pair):
            raise ConfigurationError(
                f"Dot: axes must be one or two axes behind the batch, such as 1 or (1, 2); "
                f"received {axes!r}."
            )
        self.axes = axes if isinstance(axes, int) else pair
        self.normalize = normalize

    def _places(self, input_shape: Any) -> tuple[int, int]:
        several = isinstance(input_shape, (list, tuple)) and all(
            isinstance(s, (list, tuple)) for s in input_shape
        )
        if not several or len(input_shape) != 2:
            raise ShapeError(
                f"Layer {self.name!r} (Dot) takes a list of two tensors; received shape "
                f"{input_shape}. Call it with layer([a, b])."
            )
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        owner = f"Layer {self.name!r} (Dot): axes"
        first, second = (
            shapes.normalize_axis(axis, len(shape), owner)
            for axis, shape in zip(pair, input_shape, strict=True)
        )
        sizes = input_shape[0][first], input_shape[1][second]
        if None not in sizes and sizes[0] != sizes[1]:
            raise ShapeError(
                f"Layer {self.name!r} (Dot): axis {first} of shape "
                f"{shapes.describe(tuple(input_shape[0]))} and axis {second} of "
                f"{shapes.describe(tuple(input_shape[1]))} must have one size. Choose other axes, "
                "or bring them to one size with Dense."
            )
        return first, second

    def build(self, input_shape: Any) -> None:
        """Checks that the two inputs fit."""
        self._places(input_shape)

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Two tensors to one."""
        places = self._places([tuple(x.shape) for x in inputs])
        letters = iter(string.ascii_letters[2:])
        names, vectors = [], []
        for x, place in zip(inputs, places, strict=True):
            others = [next(letters) for _ in range(len(x.shape) - 1)]
            names.append(["b", *others[: place - 1], "a", *others[place:]])
            if self.normalize:
                squared = ops.sum(ops.square(x), place, keepdims=True)
                x = x * ops.rsqrt(ops.maximum(squared, 1e-12))
            vectors.append(x)
        kept = [n for name in names for n in name if n not in "ab"]
        formula = f"{''.join(names[0])},{''.join(names[1])}->b{''.join(kept)}"
        result = ops.einsum(formula, *vectors)
        return result if kept else ops.expand_dims(result, -1)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Batch, others of the first, others of the second."""
        rest: list[int | None] = []
        for shape, place in zip(input_shape, self._places(input_shape), strict=True):
            rest += [s for axis, s in enumerate(shape) if axis not in (0, place)]
        return (input_shape[0][0], *(rest or [1]))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """None: steps that were summed over or joined have no mask."""
        return None


def dot(inputs: list[Tensor], axes: Any, normalize: bool = False, **kwargs: Any) -> Tensor:
    """Products of the vectors of two tensors; arguments as for Dot."""
    return Dot(axes, normalize, **kwargs)(inputs)
