"""Order statistics and histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def quantile(x: Tensor, q: Tensor, axes: Sequence[int], method: str, keepdims: bool) -> Tensor:
    """The value below which the share q of the values along the axes lies; q's shape in front."""
    rank = x.shape.rank
    kept = [axis for axis in range(rank) if axis not in axes]
    moved = tf.transpose(x, [*kept, *axes])
    lead = tf.shape(moved)[: len(kept)]
    rows = tf.sort(tf.reshape(moved, tf.concat([lead, [-1]], 0)), -1)
    place = q * tf.cast(tf.shape(rows)[-1] - 1, q.dtype)
    result = _at(rows, place, method)
    order = [*range(len(kept), len(kept) + q.shape.rank), *range(len(kept))]
    result = tf.transpose(result, order)
    if keepdims:
        for axis in sorted(axes):
            result = tf.expand_dims(result, axis + q.shape.rank)
    return result


def _at(rows: Tensor, place: Tensor, method: str) -> Tensor:
    """Sorted rows at a place between two elements."""
    below = tf.gather(rows, tf.cast(tf.floor(place), "int32"), axis=-1)
    above = tf.gather(rows, tf.cast(tf.math.ceil(place), "int32"), axis=-1)
    if method == "lower":
        return below
    if method == "higher":
        return above
    if method == "nearest":
        return tf.gather(rows, tf.cast(tf.round(place), "int32"), axis=-1)
    share = tf.cast(0.5 if method == "midpoint" else place - tf.floor(place), rows.dtype)
    return below + (above - below) * share


def histogram(values: Tensor, bins: int, limits: Any) -> tuple[Tensor, Tensor]:
    """Counts and edges of bins of one width; the last bin holds its upper edge too."""
    if limits is None:
        low, high = tf.reduce_min(values), tf.reduce_max(values)
        # values that are all the same lie in the middle of a range of length 1
        flat = tf.cast(tf.equal(low, high), values.dtype) / 2
        low, high = low - flat, high + flat
    else:
        low, high = (tf.cast(limit, values.dtype) for limit in limits)
    edges = tf.linspace(low, high, bins + 1)
    inside = (values >= low) & (values <= high)
    place = tf.searchsorted(edges, values, side="right") - 1
    place = tf.where(inside, tf.minimum(place, bins - 1), -1)
    counts = tf.math.unsorted_segment_sum(tf.ones_like(place), place, bins)
    return counts, edges
