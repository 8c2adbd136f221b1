"""Form: reshape, order, join, cut, look up, make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes
from kcore.errors import ConfigurationError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "arange",
    "argsort",
    "broadcast_to",
    "cast",
    "concatenate",
    "convert_to_numpy",
    "convert_to_tensor",
    "copy",
    "expand_dims",
    "eye",
    "flip",
    "full",
    "full_like",
    "in_top_k",
    "lookup",
    "ndim",
    "ones",
    "ones_like",
    "pad",
    "repeat",
    "reshape",
    "shape",
    "slice",
    "sort",
    "split",
    "squeeze",
    "stack",
    "stop_gradient",
    "swapaxes",
    "take",
    "take_along_axis",
    "tile",
    "top_k",
    "transpose",
    "unstack",
    "zeros",
    "zeros_like",
]


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Tensor:
    """A tensor with the value of an array, a number, a list or a variable.

    Args:
        x: the value.
        dtype: of the tensor; the value's own if None.
        sparse: must not be True.
        ragged: must not be True.
    """
    if sparse or ragged:
        raise ConfigurationError(
            f"convert_to_tensor makes dense tensors; received sparse={sparse}, ragged={ragged}."
        )
    if isinstance(x, SymbolicTensor):
        return x if dtype is None else cast(x, dtype)
    return backend.tensor.convert(x, None if dtype is None else dtypes.standardize(dtype))


def convert_to_numpy(x: Any) -> Any:
    """The value as a numpy array; only outside compiled code."""
    return backend.tensor.to_numpy(backend.tensor.convert(x))


def shape(x: Any) -> tuple[Any, ...]:
    """Sizes by axis: integers where known, scalar tensors (None if symbolic) elsewhere."""
    if isinstance(x, SymbolicTensor):
        return x.shape
    return tuple(backend.tensor.dynamic_shape(backend.tensor.convert(x)))


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(rules.spec(x)[0])


@operation(rules.cast)
def cast(x: Tensor, dtype: Any) -> Tensor:
    """The values in another dtype; fractions are cut off towards zero for integers."""
    return backend.tensor.cast(backend.tensor.convert(x), dtypes.standardize(dtype))


@operation(rules.same)
def stop_gradient(variable: Tensor) -> Tensor:
    """The value, through which no gradient flows."""
    return backend.autodiff.stop_gradient(backend.tensor.convert(variable))


@operation(rules.same)
def copy(x: Tensor) -> Tensor:
    """The same values."""
    return backend.tensor.convert(x)


@operation(rules.reshape)
def reshape(x: Tensor, newshape: int | Sequence[Any]) -> Tensor:
    """The same numbers in another shape; one size may be -1."""
    sizes = (newshape,) if isinstance(newshape, int) else newshape
    return backend.math.reshape(x, [-1 if size is None else size for size in sizes])


@operation(rules.transpose)
def transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order; reversed if None."""
    return backend.math.transpose(x, axes)


def swapaxes(x: Tensor, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged."""
    order = list(range(ndim(x)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


@operation(rules.expand_dims)
def expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    """A new axis of size 1 at that place, or several, counted in the result."""
    if isinstance(axis, int):
        return backend.math.expand_dims(x, axis)
    for at in rules.new_axes(axis, ndim(x)):
        x = backend.math.expand_dims(x, at)
    return x


@operation(rules.squeeze)
def squeeze(x: Tensor, axis: int | Sequence[int] | None = None) -> Tensor:
    """Without the given axes of size 1, or all such axes if None."""
    return backend.math.squeeze(x, axis)


@operation(rules.concatenate)
def concatenate(xs: Sequence[Tensor], axis: int = 0) -> Tensor:
    """One behind the other along the axis; all other sizes must agree."""
    return backend.math.concatenate(xs, axis)


@operation(rules.stack)
def stack(x: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Side by side along a new axis."""
    return backend.math.stack(x, axis)


@operation(rules.unstack)
def unstack(x: Tensor, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The slices along an axis whose size is known or given as `num`."""
    return backend.math.unstack(x, num, axis)


@operation(rules.split)
def split(x: Tensor, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """Into equal parts (a number), or at the given indices."""
    return backend.math.split(x, indices_or_sections, axis)


@operation(rules.tile)
def tile(x: Tensor, repeats: int | Sequence[int]) -> Tensor:
    """The whole tensor again and again along each axis."""
    counts = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    for _ in range(len(counts) - ndim(x)):
        x = backend.math.expand_dims(x, 0)
    return backend.math.tile(x, (1,) * (ndim(x) - len(counts)) + counts)


@operation(rules.repeat)
def repeat(x: Tensor, repeats: Any, axis: int | None = None) -> Tensor:
    """Each element again and again along the axis."""
    return backend.math.repeat(x, repeats, axis)


@operation(rules.pad)
def pad(x: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """Room at both ends of each axis.

    Args:
        pad_width: one number, one pair (before, after), or a pair for each axis.
        mode: "constant", "reflect" or "symmetric".
        constant_values: fills the room in mode "constant"; 0 if None.
    """
    fill = 0 if constant_values is None else constant_values
    return backend.math.pad(x, rules.pad_pairs(pad_width, ndim(x)), mode, fill)


@operation(rules.take)
def take(x: Tensor, indices: Any, axis: int | None = None) -> Tensor:
    """The slices with the given indices; from the flattened tensor if axis is None."""
    return backend.math.take(x, indices, axis)


@operation(rules.lookup)
def lookup(table: Tensor, indices: Tensor) -> Tensor:
    """Rows of a table by index; the gradient by the table holds these rows only.

    Shapes: (rows, ...) and (batch, ...) give (batch, ..., ...).
    """
    return backend.math.lookup(table, backend.tensor.convert(indices))


@operation(rules.take_along_axis)
def take_along_axis(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """For each position of the other axes, the elements with the given indices along one axis.

    Args:
        x: of any shape.
        indices: in the shape of x but for the axis; negative ones count from the end.
        axis: which; None takes from the flattened tensor.
    """
    if axis is None:
        return backend.math.take(x, indices, None)
    return backend.math.take_along_axis(x, indices, axis)


@operation(rules.getitem)
def getitem(x: Tensor, key: Any) -> Tensor:
    """x[key] with integers, slices, None and Ellipsis."""
    return backend.math.getitem(x, key)


@operation(rules.window)
def slice(inputs: Tensor, start_indices: Sequence[Any], shape: Sequence[Any]) -> Tensor:
    """The part of the given shape that begins at the given indices.

    Args:
        start_indices: one for each axis.
        shape: how much of each axis; -1 for the rest of it.

    Example:
        >>> slice([[1, 2, 3], [4, 5, 6]], (0, 1), (-1, 2)).numpy().tolist()
        [[2, 3], [5, 6]]
    """
    known = rules.window(inputs, start_indices, shape).shape
    result = backend.math.window(inputs, start_indices, shape)
    return backend.tensor.with_static_shape(result, known)


@operation(rules.same)
def flip(x: Tensor, axis: int | Sequence[int] | None = None) -> Tensor:
    """Back to front along the axes, all of them if None."""
    axes = range(ndim(x)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return backend.math.reverse(x, [a % ndim(x) for a in axes])


@operation(rules.broadcast_to)
def broadcast_to(x: Tensor, shape: Sequence[Any]) -> Tensor:
    """Repeated along axes of size 1 until it has the shape."""
    return backend.math.broadcast_to(x, shape)


@operation(rules.top_k)
def top_k(x: Tensor, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest elements of the last axis and their indices."""
    return backend.math.top_k(x, k, sorted)


@operation(rules.in_top_k)
def in_top_k(targets: Tensor, predictions: Tensor, k: int) -> Tensor:
    """Whether the target class is among the k with the largest predictions."""
    return backend.math.in_top_k(targets, predictions, k)


@operation(rules.same)
def sort(x: Tensor, axis: int = -1) -> Tensor:
    """Ascending along the axis."""
    return backend.math.sort(x, axis)


def argsort(x: Tensor, axis: int | None = -1) -> Tensor:
    """The indices that sort along the axis, in the flattened tensor if None; int32."""
    if axis is None:
        x, axis = reshape(x, -1), -1
    return cast(_argsort(x, axis), "int32")


@operation(rules.same)
def _argsort(x: Tensor, axis: int) -> Tensor:
    return backend.math.argsort(x, axis)


@operation(rules.like)
def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Zero everywhere, in the shape of x."""
    return _filled_like(x, 0, dtype)


@operation(rules.like)
def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    """One everywhere, in the shape of x."""
    return _filled_like(x, 1, dtype)


@operation(rules.like)
def full_like(x: Tensor, fill_value: Any, dtype: Any = None) -> Tensor:
    """The same value everywhere, in the shape of x."""
    return _filled_like(x, fill_value, dtype)


def _filled_like(x: Tensor, value: Any, dtype: Any) -> Tensor:
    kind = dtypes.standardize(dtype) if dtype else rules.spec(x)[1]
    return backend.math.full(shape(x), value, kind)


def zeros(shape: Sequence[Any], dtype: Any = None) -> Tensor:
    """Zero everywhere."""
    return backend.math.zeros(shape, dtypes.standardize(dtype or config.floatx()))


def ones(shape: Sequence[Any], dtype: Any = None) -> Tensor:
    """One everywhere."""
    return backend.math.ones(shape, dtypes.standardize(dtype or config.floatx()))


def full(shape: Sequence[Any], fill_value: Any, dtype: Any = None) -> Tensor:
    """The same value everywhere."""
    return backend.math.full(shape, fill_value, dtypes.standardize(dtype or config.floatx()))


def eye(
    N: int,  # noqa: N803 - numpy's names
    M: int | None = None,  # noqa: N803
    k: int = 0,
    dtype: Any = None,
) -> Tensor:
    """Ones on the k-th diagonal of an N by M matrix (N by N if M is None)."""
    columns = N if M is None else M
    return backend.math.eye(N, columns, k, dtypes.standardize(dtype or config.floatx()))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """Numbers from start, before stop; with one argument from 0 before it.

    Args:
        start: the first.
        stop: the one behind the last.
        step: from one to the next, 1 if None.
        dtype: int32 if all numbers are whole, else `floatx`.
    """
    low, high = (0, start) if stop is None else (start, stop)
    step = 1 if step is None else step
    whole = all(isinstance(v, int) for v in (low, high, step))
    kind = dtype or ("int32" if whole else config.floatx())
    return backend.math.arange(low, high, step, dtypes.standardize(kind))
