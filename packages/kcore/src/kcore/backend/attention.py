"""Kernels of attention, over tensors (..., heads, steps, features)."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def logits(query: Tensor, key: Tensor, scale: Any, soft_cap: float | None = None) -> Tensor:
    """How well each query meets each key, (..., query heads, query steps, key steps).

    Args:
        query: (..., query heads, query steps, features).
        key: (..., key heads, key steps, features); neighbouring query heads share a key head if
            there are fewer of these.
        scale: factor of the products.
        soft_cap: bounds the results softly, between minus and plus this; None for no bound.
    """
    folded, sizes = _fold_heads(query * tf.cast(scale, query.dtype), key)
    products = tf.matmul(folded, key, transpose_b=True)
    if soft_cap is not None:
        products = tf.tanh(products / soft_cap) * soft_cap
    return _unfold_heads(products, sizes)


def shares(values: Tensor, mask: Tensor | None, bias: Tensor | None = None) -> Tensor:
    """Softmax over the last axis, of 16-bit values in float32.

    Args:
        values: logits.
        mask: booleans that broadcast to them; where False the share is 0. Where a whole row is
            False, its shares are equal.
        bias: added to the logits, broadcast.
    """
    wide = tf.cast(values, "float32") if values.dtype in (tf.float16, tf.bfloat16) else values
    if bias is not None:
        wide = wide + tf.cast(bias, wide.dtype)
    if mask is not None:
        # a choice, not a sum: no gradient may reach the logits of a row that is all False
        wide = tf.where(tf.cast(mask, "bool"), wide, tf.constant(0.7 * wide.dtype.min, wide.dtype))
    # as a matrix: the kernel does not take any number of axes
    rows = tf.reshape(wide, tf.stack([tf.reduce_prod(tf.shape(wide)[:-1]), tf.shape(wide)[-1]]))
    result = tf.ensure_shape(tf.reshape(tf.nn.softmax(rows), tf.shape(wide)), wide.shape)
    return tf.cast(result, values.dtype)


def mix(weights: Tensor, value: Tensor) -> Tensor:
    """Sums of values by their shares, (..., query heads, query steps, features).

    Args:
        weights: (..., query heads, query steps, key steps).
        value: (..., key heads, key steps, features).
    """
    folded, sizes = _fold_heads(weights, value)
    return _unfold_heads(tf.matmul(folded, value), sizes)


def visible(rows: Any, columns: Any, causal: bool, window: int | None) -> Tensor:
    """Which key steps a query step sees by their distance alone, (rows, columns) bool.

    Args:
        rows: number of query steps.
        columns: number of key steps.
        causal: only those not later than itself.
        window: only those nearer than this; None for no bound.
    """
    distance = tf.range(rows)[:, None] - tf.range(columns)[None]
    seen = distance >= 0 if causal else tf.ones_like(distance, dtype="bool")
    return seen if window is None else seen & (tf.abs(distance) < window)


def _fold_heads(x: Tensor, other: Tensor) -> tuple[Tensor, Tensor | None]:
    """The heads that share one of the other's, as further steps of one head."""
    heads, fewer = x.shape[-3], other.shape[-3]
    if heads == fewer:
        return x, None
    sizes = tf.shape(x)
    folded = tf.concat([sizes[:-3], [fewer, (heads // fewer) * sizes[-2], sizes[-1]]], 0)
    return tf.reshape(x, folded), sizes[:-1]


def _unfold_heads(x: Tensor, sizes: Tensor | None) -> Tensor:
    return x if sizes is None else tf.reshape(x, tf.concat([sizes, tf.shape(x)[-1:]], 0))
