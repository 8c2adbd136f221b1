"""Numbers in, numbers out: arithmetic, reductions, comparisons, joins, lookups."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kcore import dtypes
from kcore.backend.tensor import convert, dtype_of
from kcore.typing import Tensor

Axis = int | Sequence[int] | None

# kernels that need nothing around them, by the name they have in kcore.ops
ELEMENTWISE: dict[str, Any] = {
    "absolute": tf.abs,
    "arccos": tf.acos,
    "arccosh": tf.acosh,
    "arcsin": tf.asin,
    "arcsinh": tf.asinh,
    "arctan": tf.atan,
    "arctanh": tf.atanh,
    "ceil": tf.math.ceil,
    "cos": tf.cos,
    "cosh": tf.cosh,
    "erf": tf.math.erf,
    "erfinv": tf.math.erfinv,
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "floor": tf.floor,
    "isfinite": tf.math.is_finite,
    "isinf": tf.math.is_inf,
    "isnan": tf.math.is_nan,
    "log": tf.math.log,
    "log1p": tf.math.log1p,
    "logical_not": tf.logical_not,
    "negative": tf.negative,
    "reciprocal": tf.math.reciprocal,
    "round": tf.round,
    "rsqrt": tf.math.rsqrt,
    "sign": tf.sign,
    "sin": tf.sin,
    "sinh": tf.sinh,
    "sqrt": tf.sqrt,
    "square": tf.square,
    "tan": tf.tan,
}

BINARY: dict[str, Any] = {
    "add": tf.add,
    "arctan2": tf.atan2,
    "divide_no_nan": tf.math.divide_no_nan,
    "equal": tf.equal,
    "floor_divide": tf.math.floordiv,
    "greater": tf.greater,
    "greater_equal": tf.greater_equal,
    "less": tf.less,
    "less_equal": tf.less_equal,
    "logical_and": tf.logical_and,
    "logical_or": tf.logical_or,
    "logical_xor": tf.math.logical_xor,
    "maximum": tf.maximum,
    "minimum": tf.minimum,
    "mod": tf.math.floormod,
    "multiply": tf.multiply,
    "not_equal": tf.not_equal,
    "power": tf.pow,
    "subtract": tf.subtract,
    "true_divide": tf.math.divide,
}

REDUCTIONS: dict[str, Any] = {
    "all": tf.reduce_all,
    "any": tf.reduce_any,
    "logsumexp": tf.reduce_logsumexp,
    "max": tf.reduce_max,
    "mean": tf.reduce_mean,
    "min": tf.reduce_min,
    "prod": tf.reduce_prod,
    "sum": tf.reduce_sum,
}

_NEED_FLOAT = frozenset(ELEMENTWISE) - {
    "absolute", "isfinite", "isinf", "isnan", "logical_not", "negative", "round", "sign",
    "square",
}  # fmt: skip
_LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")


def _floating(x: Tensor, floatx: str) -> Tensor:
    return x if x.dtype.is_floating or x.dtype.is_complex else tf.cast(x, floatx)


def elementwise(name: str, x: Tensor, floatx: str) -> Tensor:
    """Runs the kernel of that name in ELEMENTWISE.

    Integers become `floatx` where it needs fractions.
    """
    x = convert(x)
    if name in _NEED_FLOAT:
        x = _floating(x, floatx)
    elif name in _LOGICAL:
        x = tf.cast(x, "bool")
    elif name == "square" and x.dtype == tf.bool:
        x = tf.cast(x, "int32")
    elif name == "absolute" and (x.dtype.is_unsigned or x.dtype == tf.bool):
        return x  # no kernel, and none needed
    elif name == "sign" and x.dtype.is_unsigned:
        return tf.cast(x > 0, x.dtype)
    if name == "erfinv" and x.dtype in (tf.float16, tf.bfloat16):
        return tf.cast(tf.math.erfinv(tf.cast(x, "float32")), x.dtype)
    if name == "isfinite" and not x.dtype.is_floating:
        return tf.ones_like(x, dtype="bool")
    if name in ("isnan", "isinf") and not x.dtype.is_floating:
        return tf.zeros_like(x, dtype="bool")
    return ELEMENTWISE[name](x)


def binary(name: str, a: Any, b: Any, floatx: str) -> Tensor:
    """Runs the kernel of that name in BINARY on values of one dtype."""
    if name in _LOGICAL:
        a, b = tf.cast(convert(a), "bool"), tf.cast(convert(b), "bool")
    else:
        a, b = promote(a, b)
        if name in ("true_divide", "arctan2", "divide_no_nan"):
            a, b = _floating(a, floatx), _floating(b, floatx)
    return BINARY[name](a, b)


def promote(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Both values as tensors of one dtype; a Python number takes the dtype of the other."""
    if isinstance(a, (bool, int, float)) and not isinstance(b, (bool, int, float)):
        b = convert(b)
        return _weak(a, b), _strong(a, b)
    if isinstance(b, (bool, int, float)):
        a = convert(a)
        return _strong(b, a), _weak(b, a)
    a, b = convert(a), convert(b)
    if a.dtype == b.dtype:
        return a, b
    dtype = dtypes.combine(dtype_of(a), dtype_of(b))
    return tf.cast(a, dtype), tf.cast(b, dtype)


def _weak(number: Any, other: Tensor) -> Tensor:
    if isinstance(number, float) and not (other.dtype.is_floating or other.dtype.is_complex):
        return tf.constant(number, "float32")
    if other.dtype == tf.bool and not isinstance(number, bool):
        return tf.constant(number, "int32")
    if isinstance(number, bool):  # not every dtype takes one as a number
        number = int(number) if other.dtype != tf.bool else number
    return tf.constant(number, other.dtype)


def _strong(number: Any, other: Tensor) -> Tensor:
    if isinstance(number, float) and not (other.dtype.is_floating or other.dtype.is_complex):
        return tf.cast(other, "float32")
    if other.dtype == tf.bool and not isinstance(number, bool):
        return tf.cast(other, "int32")
    return other


def reduction(name: str, x: Tensor, axis: Axis, keepdims: bool, floatx: str) -> Tensor:
    """Runs the kernel of that name in REDUCTIONS."""
    x = convert(x)
    if name in ("mean", "logsumexp"):
        x = _floating(x, floatx)
    elif name in ("all", "any"):
        x = tf.cast(x, "bool")
    elif name in ("max", "min") and x.dtype == tf.bool:
        name = "any" if name == "max" else "all"
    elif name in ("sum", "prod"):
        x = tf.cast(x, dtypes.summed(dtype_of(x)))
    return REDUCTIONS[name](x, axis=axis, keepdims=keepdims)


def variance(x: Tensor, axis: Axis, keepdims: bool, floatx: str) -> Tensor:
    """The mean squared distance from the mean."""
    return tf.math.reduce_variance(_floating(convert(x), floatx), axis=axis, keepdims=keepdims)


def moments(x: Tensor, axes: Sequence[int], keepdims: bool) -> tuple[Tensor, Tensor]:
    """Mean and variance over the axes; 16-bit values are summed in float32."""
    wide = tf.cast(x, "float32") if x.dtype in (tf.float16, tf.bfloat16) else x
    mean, var = tf.nn.moments(wide, axes, keepdims=keepdims)
    return tf.cast(mean, x.dtype), tf.cast(var, x.dtype)


def cumulative(name: str, x: Tensor, axis: int | None) -> Tensor:
    """Running sums ("cumsum") or products ("cumprod") along an axis; of all elements if None."""
    kernel = tf.cumsum if name == "cumsum" else tf.math.cumprod
    x = convert(x)
    x = tf.cast(x, "int32") if x.dtype == tf.bool else x
    return kernel(x, axis=axis) if axis is not None else kernel(tf.reshape(x, [-1]))


def clip(x: Tensor, low: Any, high: Any) -> Tensor:
    """Values below `low` become low, values above `high` become high."""
    x = convert(x)
    if x.dtype == tf.bool:
        x = tf.cast(x, "int32")
    return tf.clip_by_value(x, tf.cast(low, x.dtype), tf.cast(high, x.dtype))


def matmul(a: Tensor, b: Tensor, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """The matrix product over the last two axes; leading axes broadcast."""
    a, b = promote(a, b)
    if a.shape.rank == 1 and b.shape.rank == 1:
        return tf.reduce_sum(a * b)
    if a.shape.rank == 1:
        return tf.squeeze(tf.matmul(a[None], b, transpose_b=transpose_b), -2)
    if b.shape.rank == 1:
        return tf.squeeze(tf.matmul(a, b[:, None], transpose_a=transpose_a), -1)
    if b.shape.rank == 2 and a.shape.rank > 2 and not transpose_a:
        return _rows_times_matrix(a, b, transpose_b)
    return tf.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def _rows_times_matrix(a: Tensor, b: Tensor, transpose_b: bool) -> Tensor:
    """All leading axes as rows of one product: its gradient by the matrix is one product too."""
    lead = tf.shape(a)[:-1]
    rows = tf.reshape(a, [-1, a.shape[-1] or tf.shape(a)[-1]])
    product = tf.matmul(rows, b, transpose_b=transpose_b)
    result = tf.reshape(product, tf.concat([lead, tf.shape(product)[-1:]], 0))
    result.set_shape([*a.shape[:-1], b.shape[0 if transpose_b else 1]])
    return result


def tensordot(a: Tensor, b: Tensor, axes: Any) -> Tensor:
    """Sums products over pairs of axes."""
    return tf.tensordot(*promote(a, b), axes=axes)


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """Sums of products by Einstein's notation."""
    tensors = [convert(o) for o in operands]
    dtype = functools.reduce(dtypes.combine, (dtype_of(t) for t in tensors))
    return tf.einsum(equation, *[tf.cast(t, dtype) for t in tensors])


def argmax(x: Tensor, axis: int | None) -> Tensor:
    """Where the largest value is, int32."""
    x = convert(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    return tf.argmax(x, axis, output_type="int32")


def argmin(x: Tensor, axis: int | None) -> Tensor:
    """Where the smallest value is, int32."""
    x = convert(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    return tf.argmin(x, axis, output_type="int32")


def where(condition: Tensor, a: Any, b: Any) -> Tensor:
    """`a` where the condition holds, `b` elsewhere."""
    a, b = promote(a, b)
    return tf.where(tf.cast(convert(condition), "bool"), a, b)


def reshape(x: Tensor, shape: Sequence[Any]) -> Tensor:
    """The same numbers in another shape."""
    return tf.reshape(convert(x), shape)


def transpose(x: Tensor, axes: Sequence[int] | None) -> Tensor:
    """The axes in another order; None reverses them."""
    return tf.transpose(convert(x), axes)


def expand_dims(x: Tensor, axis: int) -> Tensor:
    """A new axis of size 1."""
    return tf.expand_dims(convert(x), axis)


def squeeze(x: Tensor, axis: Axis) -> Tensor:
    """Without axes of size 1."""
    return tf.squeeze(convert(x), axis)


def concatenate(values: Sequence[Tensor], axis: int) -> Tensor:
    """One after the other along an axis."""
    tensors = [convert(v) for v in values]
    dtype = dtypes.combine(*[dtype_of(t) for t in tensors])
    return tf.concat([tf.cast(t, dtype) for t in tensors], axis)


def stack(values: Sequence[Tensor], axis: int) -> Tensor:
    """Side by side along a new axis."""
    tensors = [convert(v) for v in values]
    dtype = dtypes.combine(*[dtype_of(t) for t in tensors])
    return tf.stack([tf.cast(t, dtype) for t in tensors], axis)


def unstack(x: Tensor, count: int | None, axis: int) -> list[Tensor]:
    """The slices along an axis."""
    return list(tf.unstack(convert(x), num=count, axis=axis))


def split(x: Tensor, parts: int | Sequence[int], axis: int) -> list[Tensor]:
    """Equal parts (a number) or parts that end at the given indices (a sequence)."""
    x = convert(x)
    if isinstance(parts, int):
        return list(tf.split(x, parts, axis))
    edges = [0, *parts, x.shape[axis]]
    return list(tf.split(x, [b - a for a, b in zip(edges, edges[1:], strict=False)], axis))


def tile(x: Tensor, repeats: Sequence[int]) -> Tensor:
    """The whole tensor again and again along each axis."""
    return tf.tile(convert(x), repeats)


def repeat(x: Tensor, repeats: Any, axis: int | None) -> Tensor:
    """Each element again and again along an axis."""
    return tf.repeat(convert(x), repeats, axis)


def pad(x: Tensor, widths: Sequence[Sequence[int]], mode: str, value: Any) -> Tensor:
    """Room at both ends of each axis: "constant", "reflect" or "symmetric"."""
    x = convert(x)
    if mode == "constant":
        return tf.pad(x, widths, constant_values=tf.cast(value, x.dtype))
    return tf.pad(x, widths, mode=mode.upper())


def take(x: Tensor, indices: Any, axis: int | None) -> Tensor:
    """The slices with the given indices along an axis; negative indices count from the end."""
    x, indices = convert(x), convert(indices)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    size = tf.shape(x)[axis]
    indices = tf.where(indices < 0, indices + tf.cast(size, indices.dtype), indices)
    return tf.gather(x, indices, axis=axis)


def take_along_axis(x: Tensor, indices: Tensor, axis: int) -> Tensor:
    """Along one axis, the elements whose indices are given for each position of the others."""
    x, indices = convert(x), convert(indices)
    size = tf.cast(tf.shape(x)[axis], indices.dtype)
    indices = tf.where(indices < 0, indices + size, indices)
    return tf.gather(x, indices, axis=axis, batch_dims=axis % x.shape.rank) if axis in (
        -1, x.shape.rank - 1
    ) else _move_and_take(x, indices, axis)  # fmt: skip


def _move_and_take(x: Tensor, indices: Tensor, axis: int) -> Tensor:
    order = [i for i in range(x.shape.rank) if i != axis % x.shape.rank] + [axis % x.shape.rank]
    back = [order.index(i) for i in range(x.shape.rank)]
    moved, where_ = tf.transpose(x, order), tf.transpose(indices, order)
    return tf.transpose(tf.gather(moved, where_, axis=-1, batch_dims=x.shape.rank - 1), back)


def lookup(table: Tensor, indices: Tensor) -> Tensor:
    """Rows of a table by index; its gradient holds these rows only."""
    return tf.gather(table, indices)


def getitem(x: Tensor, key: Any) -> Tensor:
    """What Python's indexing gives."""
    return convert(x)[key]


def window(x: Tensor, starts: Sequence[Any], sizes: Sequence[Any]) -> Tensor:
    """A box out of a tensor; its gradient is cheaper than that of `getitem`."""
    return tf.slice(convert(x), tf.stack(list(starts)), tf.stack(list(sizes)))


def one_hot(x: Tensor, classes: int, axis: int, dtype: str) -> Tensor:
    """1 at the class's place, 0 elsewhere."""
    return tf.one_hot(convert(x), classes, axis=axis, dtype=dtype)


def full(shape: Sequence[Any], value: Any, dtype: str) -> Tensor:
    """The same value everywhere."""
    return tf.fill(shape, tf.cast(value, dtype))


def zeros(shape: Sequence[Any], dtype: str) -> Tensor:
    """Zero everywhere."""
    return tf.zeros(shape, dtype)


def ones(shape: Sequence[Any], dtype: str) -> Tensor:
    """One everywhere."""
    return tf.ones(shape, dtype)


def eye(rows: int, columns: int, k: int, dtype: str) -> Tensor:
    """Ones on the k-th diagonal."""
    if k == 0:
        return tf.eye(rows, columns, dtype=dtype)
    return tf.cast(tf.range(columns)[None] - tf.range(rows)[:, None] == k, dtype)


def arange(start: Any, stop: Any, step: Any, dtype: str) -> Tensor:
    """Numbers from start, before stop."""
    return tf.cast(tf.range(start, stop, step), dtype)


def reverse(x: Tensor, axes: Sequence[int]) -> Tensor:
    """Back to front along the axes."""
    return tf.reverse(convert(x), list(axes))


def roll(x: Tensor, shift: Any, axis: Any) -> Tensor:
    """Elements moved along axes, coming in again at the other end."""
    return tf.roll(x, shift, axis)


def broadcast_to(x: Tensor, shape: Sequence[Any]) -> Tensor:
    """Repeated along axes of size 1 until it has the shape."""
    return tf.broadcast_to(convert(x), shape)


def top_k(x: Tensor, k: int, ordered: bool) -> tuple[Tensor, Tensor]:
    """The k largest of the last axis and where they are."""
    result = tf.math.top_k(convert(x), k, sorted=ordered)
    return result.values, result.indices


def in_top_k(targets: Tensor, predictions: Tensor, k: int) -> Tensor:
    """Whether the target class is among the k with the largest predictions."""
    return tf.math.in_top_k(tf.cast(targets, "int32"), tf.cast(predictions, "float32"), k)


def sort(x: Tensor, axis: int) -> Tensor:
    """Ascending along an axis."""
    return tf.sort(convert(x), axis)


def argsort(x: Tensor, axis: int) -> Tensor:
    """The indices that sort."""
    return tf.argsort(convert(x), axis, stable=True)


def count_below(edges: Tensor, values: Tensor) -> Tensor:
    """For each value, how many of the ascending edges are smaller; same shape, int32."""
    flat = tf.reshape(values, [-1])
    return tf.reshape(tf.searchsorted(tf.cast(edges, flat.dtype), flat), tf.shape(values))


def histogram(index: Tensor, weights: Tensor, size: int) -> Tensor:
    """Sums of the weights by index, for indices from 0 to size - 1; others are left out."""
    index = tf.reshape(index, [-1])
    return tf.math.unsorted_segment_sum(tf.reshape(weights, [-1]), index, size)


def within(x: Tensor, low: Any, high: Any) -> Tensor:
    """Whether all numbers are at least `low` and below `high`; one bool."""
    x = convert(x)
    return tf.reduce_all((x >= tf.cast(low, x.dtype)) & (x < tf.cast(high, x.dtype)))


def bucket(x: Tensor, boundaries: Sequence[float]) -> Tensor:
    """How many of the ascending boundaries each number has reached; same shape, int32."""
    x = convert(x)
    x = x if x.dtype in (tf.float32, tf.float64) else tf.cast(x, "float32")
    edges = tf.constant(list(boundaries), x.dtype)
    found = tf.searchsorted(edges, tf.reshape(x, [-1]), side="right")
    return tf.reshape(found, tf.shape(x))


def count_rows(index: Tensor, weights: Tensor | None, depth: int, dtype: str) -> Tensor:
    """How often each number below `depth` occurs in the last axis; others are left out.

    Args:
        index: (..., n) whole numbers.
        weights: what each occurrence counts, (..., n); 1 if None.
        depth: size of the last axis of the result.
        dtype: of the result.
    """
    index = tf.cast(index, "int64")
    static = index.shape[:-1].concatenate(depth) if index.shape.rank else tf.TensorShape([depth])
    lead = tf.shape(index)[:-1] if index.shape.rank else tf.zeros([0], "int32")
    count = tf.shape(index)[-1] if index.shape.rank else 1
    rows = tf.reduce_prod(lead)
    flat = tf.reshape(index, [rows, count])
    inside = (flat >= 0) & (flat < depth)
    place = tf.range(tf.cast(rows, "int64"))[:, None] * depth + flat
    values = tf.ones_like(flat, dtype) if weights is None else tf.cast(weights, dtype)
    totals = tf.math.unsorted_segment_sum(
        tf.reshape(values, [-1]), tf.reshape(tf.where(inside, place, -1), [-1]), rows * depth
    )
    result = tf.reshape(totals, tf.concat([lead, [depth]], 0))
    result.set_shape(static)
    return result
