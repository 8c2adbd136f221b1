"""Form, made of other operations: join, move, roll, cut; and products of vectors."""

from __future__ import annotations

import math as numbers
from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays
from kcore.ops import math as arithmetic
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "append",
    "cross",
    "depth_to_space",
    "dtype",
    "get_item",
    "hsplit",
    "hstack",
    "inner",
    "is_tensor",
    "moveaxis",
    "outer",
    "ravel",
    "roll",
    "size",
    "space_to_depth",
    "vdot",
    "vsplit",
    "vstack",
]


def is_tensor(x: Any) -> bool:
    """Whether a value is a tensor: real or symbolic, no array and no variable."""
    return isinstance(x, SymbolicTensor) or backend.tensor.is_tensor(x)


def dtype(x: Any) -> str:
    """The name of the dtype."""
    return rules.spec(x)[1]


def size(x: Any) -> Any:
    """The number of elements: an integer where known, else a scalar tensor (None if symbolic)."""
    sizes = arrays.shape(x)
    return None if None in sizes else numbers.prod(sizes)


get_item = arrays.getitem


def ravel(x: Tensor) -> Tensor:
    """All elements as one vector."""
    return arrays.reshape(x, (-1,))


def append(x1: Tensor, x2: Tensor, axis: int | None = None) -> Tensor:
    """x2 behind x1 along the axis; both flattened if axis is None.

    Example:
        >>> append([1, 2], [[3], [4]]).numpy().tolist()
        [1, 2, 3, 4]
    """
    if axis is None:
        return arrays.concatenate([ravel(x1), ravel(x2)], 0)
    return arrays.concatenate([x1, x2], axis)


def _with_axes(x: Any, least: int) -> Any:
    """At least so many axes, new ones in front."""
    for _ in range(least - len(rules.spec(x)[0])):
        x = arrays.expand_dims(x, 0)
    return x


def hstack(xs: Sequence[Tensor]) -> Tensor:
    """Side by side: along the second axis, vectors along their only one."""
    parts = [_with_axes(x, 1) for x in xs]
    return arrays.concatenate(parts, 0 if len(rules.spec(parts[0])[0]) == 1 else 1)


def vstack(xs: Sequence[Tensor]) -> Tensor:
    """One below the other: along the first axis; vectors become rows."""
    return arrays.concatenate([_with_axes(x, 2) for x in xs], 0)


def hsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Parts along the second axis, of vectors along their only one; see `split`."""
    return arrays.split(x, indices_or_sections, 0 if len(rules.spec(x)[0]) == 1 else 1)


def vsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> list[Tensor]:
    """Parts along the first axis; see `split`."""
    return arrays.split(x, indices_or_sections, 0)


def moveaxis(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Axes moved to other places; the rest keep their order.

    Args:
        x: of any shape.
        source: where the axes are.
        destination: where they go.

    Example:
        >>> from kcore import ops
        >>> moveaxis(ops.zeros((2, 3, 4)), 0, -1).shape.as_list()
        [3, 4, 2]
    """
    rank = len(rules.spec(x)[0])
    old, new = (shapes.normalize_axes(axes, rank) for axes in (source, destination))
    if len(old) != len(new) or len(set(old)) != len(old) or len(set(new)) != len(new):
        raise ConfigurationError(
            "moveaxis: source and destination need as many different axes; received "
            f"{source!r} and {destination!r}."
        )
    order = [axis for axis in range(rank) if axis not in old]
    for place, axis in sorted(zip(new, old, strict=True)):
        order.insert(place, axis)
    return arrays.transpose(x, order)


def _roll_rule(x: Any, shift: Any, axis: Any = None) -> SymbolicTensor:
    return rules.make(*rules.spec(x))


@operation(_roll_rule)
def roll(x: Tensor, shift: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """Elements moved along axes; what falls off one end comes in at the other.

    Args:
        x: of any shape.
        shift: by how many places; a number for each axis.
        axis: one or several; the flattened tensor if None.

    Example:
        >>> roll([1, 2, 3], 1).numpy().tolist()
        [3, 1, 2]
    """
    x = backend.tensor.convert(x)
    if axis is None:
        flat = backend.math.roll(backend.math.reshape(x, [-1]), shift, 0)
        return backend.math.reshape(flat, backend.tensor.dynamic_shape(x))
    axes = shapes.normalize_axes(axis, len(x.shape))
    steps = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    return backend.math.roll(x, steps, list(axes))


def outer(x1: Tensor, x2: Tensor) -> Tensor:
    """The product of every element of x1 with every element of x2; both flattened."""
    return arithmetic.multiply(arrays.reshape(x1, (-1, 1)), arrays.reshape(x2, (1, -1)))


def inner(x1: Tensor, x2: Tensor) -> Tensor:
    """Products summed over the last axis of both."""
    ranks = len(rules.spec(x1)[0]), len(rules.spec(x2)[0])
    if 0 in ranks:
        return arithmetic.multiply(x1, x2)
    return arithmetic.tensordot(x1, x2, axes=[[ranks[0] - 1], [ranks[1] - 1]])


def vdot(x1: Tensor, x2: Tensor) -> Tensor:
    """The sum of the products of all elements; both flattened."""
    return arithmetic.dot(ravel(x1), ravel(x2))


def cross(
    x1: Tensor,
    x2: Tensor,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Tensor:
    """The vector at right angles to both, in three dimensions; its third number in two.

    Args:
        x1: vectors of 2 or 3 numbers.
        x2: vectors of 2 or 3 numbers.
        axisa: where the vectors of x1 lie.
        axisb: where the vectors of x2 lie.
        axisc: where those of the result lie.
        axis: in place of all three.

    Example:
        >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).numpy().tolist()
        [0.0, 0.0, 1.0]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    dtype = dtypes.combine(rules.spec(x1)[1], rules.spec(x2)[1])
    x1, x2 = arrays.cast(x1, dtype), arrays.cast(x2, dtype)
    x1, x2 = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    sizes = rules.spec(x1)[0][-1], rules.spec(x2)[0][-1]
    if not set(sizes) <= {2, 3}:
        raise ShapeError(f"cross takes vectors of 2 or 3 numbers; received {sizes[0]}, {sizes[1]}.")

    def part(x: Any, length: int, i: int) -> Any:
        last = arrays.getitem(x, (Ellipsis, min(i, length - 1)))
        return last if i < length else arrays.zeros_like(last)

    a = [part(x1, sizes[0] or 3, i) for i in range(3)]
    b = [part(x2, sizes[1] or 3, i) for i in range(3)]
    third = a[0] * b[1] - a[1] * b[0]
    if sizes == (2, 2):
        return third
    first, second = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2]
    return moveaxis(arrays.stack([first, second, third], -1), -1, axisc)


def _blocks(x: Any, block_size: int, data_format: str, owner: str) -> tuple[Any, tuple[int, ...]]:
    shape = rules.spec(x)[0]
    if len(shape) != 4 or block_size < 2:
        raise ShapeError(
            f"{owner} takes images of 4 axes and a block_size of at least 2; received {shape} and "
            f"{block_size}."
        )
    first = config.standardize_data_format(data_format) == "channels_first"
    return shape, (2, 3, 1) if first else (1, 2, 3)


def _resized(x: Any, block: int, data_format: str, owner: str) -> SymbolicTensor:
    """Height and width times the block, channels divided by its square; the reverse if negative."""
    shape, (rows, columns, channels) = _blocks(x, abs(block), data_format, owner)
    sizes = list(shape)

    def scaled(axis: int, factor: int) -> int | None:
        size = shape[axis]
        if size is None or factor > 0:
            return None if size is None else size * factor
        if size % -factor:
            raise ShapeError(f"{owner}: axis {axis} of {shape} is no multiple of {-factor}.")
        return int(size // -factor)

    sizes[rows], sizes[columns] = scaled(rows, block), scaled(columns, block)
    sizes[channels] = scaled(channels, -block * abs(block))
    return rules.make(tuple(sizes), rules.spec(x)[1])


def _to_space_rule(x: Any, block_size: int, data_format: str = "channels_last") -> SymbolicTensor:
    return _resized(x, block_size, data_format, "depth_to_space")


def _to_depth_rule(x: Any, block_size: int, data_format: str = "channels_last") -> SymbolicTensor:
    return _resized(x, -block_size, data_format, "space_to_depth")


@operation(_to_space_rule)
def depth_to_space(x: Tensor, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Channels laid out as blocks of pixels.

    Shapes:
        (batch, height, width, channels) gives (batch, height * block_size, width * block_size,
        channels / block_size^2).
    """
    _to_space_rule(x, block_size, data_format)
    return backend.spatial.rearranged_blocks("depth_to_space", x, block_size, data_format)


@operation(_to_depth_rule)
def space_to_depth(x: Tensor, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Blocks of pixels laid out as channels; undoes `depth_to_space`."""
    _to_depth_rule(x, block_size, data_format)
    return backend.spatial.rearranged_blocks("space_to_depth", x, block_size, data_format)
