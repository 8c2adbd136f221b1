"""Values put together by index: segments, scatter, counts, unique values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kcore.backend.tensor import convert
from kcore.typing import Tensor

SEGMENTS: dict[str, Any] = {
    "max": tf.math.unsorted_segment_max,
    "min": tf.math.unsorted_segment_min,
    "prod": tf.math.unsorted_segment_prod,
    "sum": tf.math.unsorted_segment_sum,
}

UPDATES: dict[str | None, Any] = {
    None: tf.tensor_scatter_nd_update,
    "add": tf.tensor_scatter_nd_add,
    "max": tf.tensor_scatter_nd_max,
    "min": tf.tensor_scatter_nd_min,
}


def segment(name: str, data: Tensor, ids: Tensor, count: int | None) -> Tensor:
    """Rows with the same id reduced to one."""
    data, ids = convert(data), convert(ids)
    number = tf.reduce_max(ids) + 1 if count is None else count
    return SEGMENTS[name](data, ids, number)


def scatter(indices: Tensor, values: Tensor, shape: Sequence[Any]) -> Tensor:
    """Zeros, with the values added at their indices."""
    indices = convert(indices)
    return tf.scatter_nd(indices, convert(values), tf.cast(tf.stack(list(shape)), indices.dtype))


def scatter_update(x: Tensor, indices: Tensor, updates: Tensor, reduction: str | None) -> Tensor:
    """x, with updates put in at their indices."""
    x, indices = convert(x), convert(indices)
    updates = tf.cast(convert(updates), x.dtype)
    if reduction == "mul":
        return _multiplied(x, indices, updates)
    return UPDATES[reduction](x, indices, updates)


def _multiplied(x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    """There is no kernel that multiplies: number the indices, then reduce those that are equal."""
    depth = indices.shape[-1]
    flat = tf.reshape(indices, [-1, depth])
    sizes = tf.cast(tf.shape(x)[:depth], indices.dtype)
    strides = tf.math.cumprod(sizes, exclusive=True, reverse=True)
    places = tf.reduce_sum(flat * strides, -1)
    rest = tf.shape(x)[depth:]
    rows = tf.reshape(updates, tf.concat([[-1], rest], 0))
    factors = tf.math.unsorted_segment_prod(rows, places, tf.reduce_prod(sizes))
    return x * tf.reshape(factors, tf.shape(x))


def slice_update(x: Tensor, starts: Sequence[Any], updates: Tensor) -> Tensor:
    """x, with a box that begins at the given indices replaced."""
    x = convert(x)
    updates = tf.cast(convert(updates), x.dtype)
    before = tf.stack([tf.cast(start, "int32") for start in starts])
    widths = tf.stack([before, tf.shape(x) - before - tf.shape(updates)], 1)
    inside = tf.pad(tf.ones_like(updates, "bool"), widths)
    return tf.where(inside, tf.pad(updates, widths), x)


def bincount(x: Tensor, weights: Tensor | None, minlength: int) -> Tensor:
    """How often each number occurs along the last axis, or the sum of its weights."""
    x = tf.cast(convert(x), "int32")
    size = tf.maximum(tf.reduce_max(tf.concat([tf.reshape(x, [-1]), [-1]], 0)) + 1, minlength)
    lead = tf.shape(x)[:-1]
    rows = tf.reshape(x, tf.stack([-1, tf.shape(x)[-1]]))
    places = rows + tf.range(tf.shape(rows)[0])[:, None] * size
    values = tf.ones_like(places) if weights is None else convert(weights)
    values = tf.reshape(values, [-1])
    number = size * tf.shape(rows)[0]
    counts = tf.math.unsorted_segment_sum(values, tf.reshape(places, [-1]), number)
    return tf.reshape(counts, tf.concat([lead, [size]], 0))


def search(edges: Tensor, values: Tensor, side: str) -> Tensor:
    """Where each value belongs in ascending edges, int32."""
    found = tf.searchsorted(edges, tf.reshape(values, [-1]), side=side)
    return tf.reshape(found, tf.shape(values))


def where_true(x: Tensor) -> tuple[Tensor, ...]:
    """The indices of the elements that are not zero, int32, one vector for each axis."""
    x = convert(x)
    places = tf.cast(tf.where(tf.cast(x, "bool")), "int32")
    return tuple(tf.unstack(places, num=x.shape.rank, axis=1))


def unique(x: Tensor, axis: int | None, ordered: bool) -> tuple[Tensor, ...]:
    """Unique values along an axis: the values, where each is first met, which is where, counts."""
    x = convert(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    values, inverse, counts = tf.raw_ops.UniqueWithCountsV2(x=x, axis=[axis])
    number = tf.shape(values)[axis]
    first = tf.math.unsorted_segment_min(tf.range(tf.shape(x)[axis]), inverse, number)
    if ordered:
        order = _order(values, axis)
        values = tf.gather(values, order, axis=axis)
        first, counts = tf.gather(first, order), tf.gather(counts, order)
        inverse = tf.gather(tf.math.invert_permutation(order), inverse)
    return values, first, inverse, counts


def _order(values: Tensor, axis: int) -> Tensor:
    """The order of slices by their first element that differs."""
    if values.shape.rank == 1:
        return tf.argsort(values, stable=True)
    rank = values.shape.rank
    front = tf.transpose(values, [axis, *[i for i in range(rank) if i != axis]])
    rows = tf.reshape(front, tf.stack([tf.shape(front)[0], -1]))
    width = tf.shape(rows)[1]

    def refine(done: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
        keys = tf.gather(rows[:, width - 1 - done], order)
        return done + 1, tf.gather(order, tf.argsort(keys, stable=True))

    start = (tf.constant(0), tf.range(tf.shape(rows)[0]))
    return tf.while_loop(lambda done, _: done < width, refine, start)[1]


def fitted(x: Tensor, size: int, axis: int, fill: Any) -> Tensor:
    """Cut or filled to a size along an axis."""
    missing = tf.maximum(size - tf.shape(x)[axis], 0)
    widths = tf.scatter_nd([[axis, 1]], [missing], [x.shape.rank, 2])
    padded = tf.pad(x, widths, constant_values=tf.cast(fill, x.dtype))
    return tf.gather(padded, tf.range(size), axis=axis)
