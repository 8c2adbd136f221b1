"""The shape and dtype of every operation's result, in pure Python.

A rule takes the arguments of its operation and gives the result as symbolic tensors. Arguments may
be symbolic tensors, variables, arrays, backend tensors or Python numbers: `spec` tells the shape
and dtype of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kcore import config, dtypes, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Shape


def spec(value: Any) -> tuple[Shape, str]:
    """The shape and dtype of any argument of an operation."""
    if isinstance(value, (bool, int, float)):
        return (), {bool: "bool", int: "int32", float: "float32"}[type(value)]
    if isinstance(value, SymbolicTensor):
        return value.shape, value.dtype
    if not hasattr(value, "shape"):
        value = np.asarray(value)
    shape = value.shape.as_list() if hasattr(value.shape, "as_list") else value.shape
    return tuple(shape), dtypes.standardize(value.dtype)


def make(shape: Shape, dtype: str) -> SymbolicTensor:
    """A new symbolic tensor."""
    return SymbolicTensor(shape, dtype)


def _combined(a: Any, b: Any) -> str:
    """The dtype of two arguments; a Python number takes that of the other where it fits."""
    if isinstance(a, (bool, int, float)) and not isinstance(b, (bool, int, float)):
        a, b = b, a
    dtype = spec(a)[1]
    if not isinstance(b, (bool, int, float)):
        return dtypes.combine(dtype, spec(b)[1])
    if isinstance(b, float) and not dtypes.is_float(dtype):
        return "float32"
    return "int32" if dtype == "bool" and not isinstance(b, bool) else dtype


def _real(dtype: str) -> str:
    return dtype if dtypes.is_float(dtype) else config.floatx()


def same(x: Any, *_: Any, **__: Any) -> SymbolicTensor:
    """Shape and dtype of the first argument."""
    return make(*spec(x))


def real(x: Any, *_: Any, **__: Any) -> SymbolicTensor:
    """Shape of the first argument, a float dtype."""
    shape, dtype = spec(x)
    return make(shape, _real(dtype))


def whole_or_real(x: Any) -> SymbolicTensor:
    """Shape and dtype of the argument; truth values become floats."""
    shape, dtype = spec(x)
    return make(shape, _real(dtype) if dtype == "bool" else dtype)


def boolean(x: Any, *_: Any, **__: Any) -> SymbolicTensor:
    """Shape of the first argument, bool."""
    return make(spec(x)[0], "bool")


def broadcast(a: Any, b: Any, *_: Any, **__: Any) -> SymbolicTensor:
    """Both arguments broadcast, dtypes combined."""
    return make(shapes.broadcast(spec(a)[0], spec(b)[0]), _combined(a, b))


def broadcast_real(a: Any, b: Any, *_: Any, **__: Any) -> SymbolicTensor:
    """As `broadcast`, a float dtype."""
    return make(shapes.broadcast(spec(a)[0], spec(b)[0]), _real(_combined(a, b)))


def compare(a: Any, b: Any) -> SymbolicTensor:
    """As `broadcast`, bool."""
    return make(shapes.broadcast(spec(a)[0], spec(b)[0]), "bool")


def chosen(condition: Any, a: Any = None, b: Any = None) -> Any:
    """As `select`; without choices a vector of indices for each axis of the condition."""
    if a is None and b is None:
        return tuple(make((None,), "int32") for _ in spec(condition)[0])
    return select(condition, a, b)


def select(condition: Any, a: Any, b: Any) -> SymbolicTensor:
    """All three broadcast, the dtype of the two choices."""
    shape = shapes.broadcast(spec(condition)[0], spec(a)[0], spec(b)[0])
    return make(shape, _combined(a, b))


def reduction(
    x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None
) -> SymbolicTensor:
    """Without the reduced axes."""
    shape, dtype = spec(x)
    return make(shapes.reduce(shape, axis, keepdims), dtype)


def total(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> SymbolicTensor:
    """Without the reduced axes, the dtype of sums."""
    shape, own = spec(x)
    kind = dtypes.standardize(dtype) if dtype else dtypes.summed(own)
    return make(shapes.reduce(shape, axis, keepdims), kind)


def running(x: Any, axis: int | None = None, dtype: Any = None) -> SymbolicTensor:
    """The shape of x, flattened if there is no axis; truth values become int32."""
    shape, own = spec(x)
    kind = dtypes.standardize(dtype) if dtype else "int32" if own == "bool" else own
    return make((shapes.size_of(shape),) if axis is None else shape, kind)


def numeric(x: Any, *_: Any, **__: Any) -> SymbolicTensor:
    """Shape and dtype of the argument; truth values become int32."""
    shape, dtype = spec(x)
    return make(shape, "int32" if dtype == "bool" else dtype)


def reduction_real(x: Any, axis: Any = None, keepdims: bool = False) -> SymbolicTensor:
    """Without the reduced axes, a float dtype."""
    shape, dtype = spec(x)
    return make(shapes.reduce(shape, axis, keepdims), _real(dtype))


def reduction_bool(x: Any, axis: Any = None, keepdims: bool = False) -> SymbolicTensor:
    """Without the reduced axes, bool."""
    return make(shapes.reduce(spec(x)[0], axis, keepdims), "bool")


def arg_reduction(x: Any, axis: int | None = None, keepdims: bool = False) -> SymbolicTensor:
    """Without the reduced axis, int32."""
    return make(shapes.reduce(spec(x)[0], axis, keepdims), "int32")


def moments(
    x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> tuple[SymbolicTensor, SymbolicTensor]:
    """Two results without the reduced axes."""
    return reduction_real(x, axes, keepdims), reduction_real(x, axes, keepdims)


def matmul(a: Any, b: Any) -> SymbolicTensor:
    """Leading axes broadcast, the last of `a` meets the last but one of `b`."""
    (left, _), (right, _) = spec(a), spec(b)
    if not left or not right:
        raise ShapeError(
            f"matmul needs at least one axis on both sides; received {left} and {right}."
        )
    inner_left, inner_right = left[-1], right[-2] if len(right) > 1 else right[-1]
    if None not in (inner_left, inner_right) and inner_left != inner_right:
        raise ShapeError(
            f"matmul: the last axis of the left side ({left}) must have the size of the last but "
            f"one of the right side ({right}); received {inner_left} and {inner_right}."
        )
    lead = shapes.broadcast(left[:-2], right[:-2])
    rows = left[-2:-1] if len(left) > 1 else ()
    columns = right[-1:] if len(right) > 1 else ()
    return make(lead + rows + columns, _combined(a, b))


def tensordot(a: Any, b: Any, axes: Any = 2) -> SymbolicTensor:
    """The axes that are not summed over, those of `a` first."""
    (left, _), (right, _) = spec(a), spec(b)
    if isinstance(axes, int):
        drop_a = tuple(range(len(left) - axes, len(left)))
        drop_b = tuple(range(axes))
    else:
        drop_a = shapes.normalize_axes(axes[0], len(left))
        drop_b = shapes.normalize_axes(axes[1], len(right))
    for i, j in zip(drop_a, drop_b, strict=True):
        if None not in (left[i], right[j]) and left[i] != right[j]:
            raise ShapeError(
                f"tensordot: axis {i} of {left} and axis {j} of {right} differ in size."
            )
    rest = [s for i, s in enumerate(left) if i not in drop_a]
    rest += [s for j, s in enumerate(right) if j not in drop_b]
    return make(tuple(rest), _combined(a, b))


def einsum(equation: str, *operands: Any) -> SymbolicTensor:
    """Sizes by letter."""
    text = equation.replace(" ", "")
    if "->" not in text or "..." in text:
        raise ConfigurationError(
            f"einsum on symbolic tensors needs an equation with '->' and no '...': {equation!r}."
        )
    left, right = text.split("->")
    sizes: dict[str, int | None] = {}
    for letters, operand in zip(left.split(","), operands, strict=True):
        shape = spec(operand)[0]
        if len(shape) != len(letters):
            raise ShapeError(
                f"einsum {equation!r}: {letters!r} names {len(letters)} axes; received {shape}."
            )
        for letter, size in zip(letters, shape, strict=True):
            known = sizes.get(letter)
            if None not in (known, size) and known != size:
                raise ShapeError(
                    f"einsum {equation!r}: axis {letter!r} has sizes {known} and {size}."
                )
            sizes[letter] = size if known is None else known
    return make(
        tuple(sizes[letter] for letter in right), dtypes.combine(*[spec(o)[1] for o in operands])
    )


def reshape(x: Any, newshape: int | Sequence[int | None]) -> SymbolicTensor:
    """The new shape, -1 filled in."""
    shape, dtype = spec(x)
    sizes = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    return make(shapes.reshape(shape, sizes), dtype)


def transpose(x: Any, axes: Sequence[int] | None = None) -> SymbolicTensor:
    """Axes in their new order."""
    shape, dtype = spec(x)
    order = range(len(shape))[::-1] if axes is None else axes
    return make(tuple(shape[shapes.normalize_axis(a, len(shape))] for a in order), dtype)


def expand_dims(x: Any, axis: int | Sequence[int]) -> SymbolicTensor:
    """More axes of size 1."""
    shape, dtype = spec(x)
    for at in new_axes(axis, len(shape)):
        shape = (*shape[:at], 1, *shape[at:])
    return make(shape, dtype)


def new_axes(axis: int | Sequence[int], rank: int) -> list[int]:
    """Where new axes lie in the result, in rising order."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    return sorted(shapes.normalize_axis(a, rank + len(axes)) for a in axes)


def squeeze(x: Any, axis: Any = None) -> SymbolicTensor:
    """Without axes of size 1."""
    shape, dtype = spec(x)
    drop = (
        [i for i, s in enumerate(shape) if s == 1]
        if axis is None
        else shapes.normalize_axes(axis, len(shape))
    )
    return make(tuple(s for i, s in enumerate(shape) if i not in drop), dtype)


def concatenate(values: Sequence[Any], axis: int = 0) -> SymbolicTensor:
    """Sizes along the axis added up; the others must agree."""
    specs = [spec(v) for v in values]
    first = specs[0][0]
    at = shapes.normalize_axis(axis, len(first))
    merged = list(first)
    for shape, _ in specs[1:]:
        if len(shape) != len(first):
            raise ShapeError(
                f"concatenate: all values need {len(first)} axes; received {[s for s, _ in specs]}."
            )
        for i, size in enumerate(shape):
            if i == at:
                so_far = merged[i]
                merged[i] = None if so_far is None or size is None else so_far + size
            elif None not in (merged[i], size) and merged[i] != size:
                raise ShapeError(
                    f"concatenate: sizes may differ along axis {axis} only; received "
                    f"{[s for s, _ in specs]}."
                )
            else:
                merged[i] = size if merged[i] is None else merged[i]
    return make(tuple(merged), dtypes.combine(*[d for _, d in specs]))


def stack(values: Sequence[Any], axis: int = 0) -> SymbolicTensor:
    """One more axis, as long as there are values."""
    shape = spec(values[0])[0]
    at = shapes.normalize_axis(axis, len(shape) + 1)
    dtype = dtypes.combine(*[spec(v)[1] for v in values])
    return make((*shape[:at], len(values), *shape[at:]), dtype)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[SymbolicTensor]:
    """One result for each index of the axis."""
    shape, dtype = spec(x)
    at = shapes.normalize_axis(axis, len(shape))
    count = num if num is not None else shape[at]
    if count is None:
        raise ShapeError(f"unstack: the size of axis {axis} of {shape} is not known; give num=.")
    return [make(shape[:at] + shape[at + 1 :], dtype) for _ in range(count)]


def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[SymbolicTensor]:
    """The parts along the axis."""
    shape, dtype = spec(x)
    at = shapes.normalize_axis(axis, len(shape))
    size = shape[at]
    if isinstance(indices_or_sections, int):
        if size is not None and size % indices_or_sections:
            raise ShapeError(
                f"split: axis {axis} of {shape} does not divide into {indices_or_sections} equal "
                "parts."
            )
        part_size = None if size is None else size // indices_or_sections
        parts: list[int | None] = [part_size] * indices_or_sections
    else:
        edges = [0, *indices_or_sections]
        parts = [b - a for a, b in zip(edges, edges[1:], strict=False)]
        parts.append(None if size is None else size - edges[-1])
    return [make((*shape[:at], part, *shape[at + 1 :]), dtype) for part in parts]


def tile(x: Any, repeats: Any) -> SymbolicTensor:
    """Each size times its number of repeats."""
    shape, dtype = spec(x)
    counts = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    rank = max(len(shape), len(counts))
    full = (1,) * (rank - len(shape)) + shape
    counts = (1,) * (rank - len(counts)) + counts
    return make(
        tuple(None if s is None else s * n for s, n in zip(full, counts, strict=True)), dtype
    )


def repeat(x: Any, repeats: Any, axis: int | None = None) -> SymbolicTensor:
    """The axis's size times the number of repeats."""
    shape, dtype = spec(x)
    if axis is None:
        size = shapes.size_of(shape)
        return make((None if size is None else size * repeats,), dtype)
    at = shapes.normalize_axis(axis, len(shape))
    size = shape[at]
    total = (
        sum(repeats) if not isinstance(repeats, int) else None if size is None else size * repeats
    )
    return make((*shape[:at], total, *shape[at + 1 :]), dtype)


def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> SymbolicTensor:
    """Each size plus its two widths."""
    shape, dtype = spec(x)
    widths = pad_pairs(pad_width, len(shape))
    return make(
        tuple(None if s is None else s + sum(w) for s, w in zip(shape, widths, strict=True)), dtype
    )


def pad_pairs(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    """(before, after) for each axis, from a number, one pair, or a pair for each axis."""
    if isinstance(pad_width, int):
        return [(pad_width, pad_width)] * rank
    if isinstance(pad_width[0], int):
        return [(pad_width[0], pad_width[1])] * rank
    pairs = [(p, p) if isinstance(p, int) else (p[0], p[1]) for p in pad_width]
    return pairs * rank if len(pairs) == 1 else pairs


def take(x: Any, indices: Any, axis: int | None = None) -> SymbolicTensor:
    """The axis replaced by the shape of the indices."""
    shape, dtype = spec(x)
    picked = spec(indices)[0]
    if axis is None:
        return make(picked, dtype)
    at = shapes.normalize_axis(axis, len(shape))
    return make((*shape[:at], *picked, *shape[at + 1 :]), dtype)


def lookup(table: Any, indices: Any) -> SymbolicTensor:
    """The shape of the indices with a row behind each."""
    shape, dtype = spec(table)
    return make(spec(indices)[0] + shape[1:], dtype)


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> SymbolicTensor:
    """The shape of the indices."""
    return make(spec(indices)[0], spec(x)[1])


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: str | None = None, sparse: bool = False
) -> SymbolicTensor:
    """One more axis, as long as there are classes."""
    shape = spec(x)[0]
    at = shapes.normalize_axis(axis, len(shape) + 1)
    return make((*shape[:at], num_classes, *shape[at:]), dtype or config.floatx())


def cast(x: Any, dtype: Any) -> SymbolicTensor:
    """Another dtype."""
    return make(spec(x)[0], dtypes.standardize(dtype))


def like(x: Any, *_: Any, dtype: Any = None) -> SymbolicTensor:
    """The shape of `x`, its dtype unless one is given."""
    shape, own = spec(x)
    return make(shape, dtypes.standardize(dtype) if dtype else own)


def broadcast_to(x: Any, shape: Sequence[int | None]) -> SymbolicTensor:
    """The given shape."""
    return make(tuple(shape), spec(x)[1])


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[SymbolicTensor, SymbolicTensor]:
    """The last axis with size k, twice."""
    shape, dtype = spec(x)
    return make((*shape[:-1], k), dtype), make((*shape[:-1], k), "int32")


def in_top_k(targets: Any, predictions: Any, k: int) -> SymbolicTensor:
    """The shape of the targets, bool."""
    return make(spec(targets)[0], "bool")


def getitem(x: Any, key: Any) -> SymbolicTensor:
    """What Python's indexing leaves: integers drop an axis, slices shorten it, None adds one."""
    shape, dtype = spec(x)
    keys = list(key) if isinstance(key, tuple) else [key]
    used = sum(1 for k in keys if k is not None and k is not Ellipsis)
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (len(shape) - used)
    keys += [slice(None)] * (len(shape) - sum(1 for k in keys if k is not None))
    result: list[int | None] = []
    sizes = iter(shape)
    for k in keys:
        if k is None:
            result.append(1)
            continue
        size = next(sizes)
        if isinstance(k, slice):
            result.append(_sliced(size, k))
    return make(tuple(result), dtype)


def _sliced(size: int | None, key: slice) -> int | None:
    if size is not None:
        return len(range(*key.indices(size)))
    return size if key == slice(None) else None


def window(inputs: Any, start_indices: Sequence[Any], shape: Sequence[Any]) -> SymbolicTensor:
    """The given shape, -1 filled in."""
    whole, dtype = spec(inputs)
    if not len(whole) == len(start_indices) == len(shape):
        raise ShapeError(
            f"slice: start_indices and shape need a number for each of the axes of {whole}; "
            f"received {len(start_indices)} and {len(shape)}."
        )
    sizes: list[int | None] = []
    for size, start, length in zip(whole, start_indices, shape, strict=True):
        if not isinstance(length, int):
            sizes.append(None)
        elif length != -1:
            sizes.append(length)
        else:
            sizes.append(size - start if isinstance(start, int) and size is not None else None)
    return make(tuple(sizes), dtype)
