"""Kernels that normalise.

Over the batch: TensorFlow's fused kernel up to 32 bits, the formula in 64. Within a sample there is
no fused kernel for the processor: hand-written gradients, which read the data fewer times than the
gradients of the single operations. 16-bit values are normalised in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def batch_normalization(
    x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: float
) -> Tensor:
    """Normalises the last axis with given statistics."""
    if x.dtype == tf.float64:
        return tf.nn.batch_normalization(x, mean, variance, offset, scale, epsilon)
    flat, shape = _as_image(x)
    result = tf.raw_ops.FusedBatchNormV3(
        x=flat,
        scale=_wide(scale),
        offset=_wide(offset),
        mean=_wide(mean),
        variance=_wide(variance),
        epsilon=epsilon,
        is_training=False,
    )
    return _as_before(result.y, shape)


def batch_normalization_training(
    x: Tensor, scale: Tensor, offset: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalises the last axis with the batch's own statistics.

    Returns:
        The result, the mean and the (biased) variance of each channel.
    """
    if x.dtype == tf.float64:
        mean, variance = tf.nn.moments(x, list(range(x.shape.rank - 1)))
        return batch_normalization(x, scale, offset, mean, variance, epsilon), mean, variance
    flat, shape = _as_image(x)
    kind, scale, offset = scale.dtype, _wide(scale), _wide(offset)
    nothing = tf.constant([], dtype=scale.dtype)
    result = tf.raw_ops.FusedBatchNormV3(
        x=flat,
        scale=scale,
        offset=offset,
        mean=nothing,
        variance=nothing,
        epsilon=epsilon,
        is_training=True,
    )
    # the kernel hands out the unbiased variance: n / (n - 1) times the mean square
    count = tf.cast(tf.size(flat) // tf.shape(flat)[-1], scale.dtype)
    variance = result.batch_variance * ((count - 1) / tf.maximum(count, 1))
    mean = tf.cast(result.batch_mean, kind)
    return _as_before(result.y, shape), mean, tf.cast(variance, kind)


def _as_image(x: Tensor) -> tuple[Tensor, Tensor | None]:
    """The fused kernel takes (batch, height, width, channels) only."""
    if x.shape.rank == 4:
        return x, None
    shape = tf.shape(x)
    flat = tf.reshape(x, tf.stack([tf.reduce_prod(shape[:-1]), 1, 1, shape[-1]]))
    return tf.ensure_shape(flat, [None, 1, 1, x.shape[-1]]), (shape, x.shape)


def _as_before(x: Tensor, shape: Any) -> Tensor:
    if shape is None:
        return x
    dynamic, static = shape
    return tf.ensure_shape(tf.reshape(x, dynamic), static)


def layer_normalization(
    x: Tensor, scale: Tensor | None, offset: Tensor | None, axes: Sequence[int], epsilon: float
) -> Tensor:
    """Mean 0 and variance 1 over the axes, then times `scale` plus `offset`.

    Args:
        x: of any shape.
        scale: sizes of the axes, or None.
        offset: sizes of the axes, or None.
        axes: ascending, counted from the front.
        epsilon: added to the variance.
    """
    rows, restore = _as_rows(x, axes)
    count = tf.shape(rows)[1:]
    factor = tf.ones(count, rows.dtype) if scale is None else _flat(scale, rows)
    shift = tf.zeros(count, rows.dtype) if offset is None else _flat(offset, rows)
    return restore(_normalize_rows(rows, factor, shift, epsilon))


def rms_normalization(
    x: Tensor, scale: Tensor | None, axes: Sequence[int], epsilon: float
) -> Tensor:
    """Mean square 1 over the axes, then times `scale`; arguments as for layer_normalization."""
    rows, restore = _as_rows(x, axes)
    factor = tf.ones(tf.shape(rows)[1:], rows.dtype) if scale is None else _flat(scale, rows)
    return restore(_scale_rows(rows, factor, epsilon))


def group_normalization(
    x: Tensor,
    scale: Tensor | None,
    offset: Tensor | None,
    groups: int,
    epsilon: float,
    channels_first: bool = False,
) -> Tensor:
    """Mean 0 and variance 1 in each sample over the places and the channels of a group.

    Args:
        x: (batch, ..., channels), or (batch, channels, ...).
        scale: (channels,) or None.
        offset: (channels,) or None.
        groups: a divisor of the number of channels.
        epsilon: added to the variance.
        channels_first: whether the channels are behind the batch.
    """
    shape, channels = tf.shape(x), x.shape[1 if channels_first else -1]
    places = tf.reduce_prod(shape[2:] if channels_first else shape[1:-1])
    sizes = [shape[0], channels, places] if channels_first else [shape[0], places, channels]
    wide = tf.reshape(_wide(x), tf.stack(sizes))
    factor = tf.ones([channels], wide.dtype) if scale is None else _flat(scale, wide)
    shift = tf.zeros([channels], wide.dtype) if offset is None else _flat(offset, wide)
    along = 2 if channels_first else 1
    result = _normalize_groups(wide, factor, shift, groups, epsilon, along)
    return tf.ensure_shape(tf.cast(tf.reshape(result, shape), x.dtype), x.shape)


def normalize(x: Tensor, axes: Sequence[int], order: float, epsilon: float) -> Tensor:
    """x divided by its norm over the axes, by `epsilon` where the norm is smaller."""
    wide = _wide(x)
    if order == 2:
        squares = tf.reduce_sum(tf.square(wide), axes, keepdims=True)
        # a bound inside the root: the root's slope at 0 is infinite
        return tf.cast(wide * tf.math.rsqrt(tf.maximum(squares, epsilon**2)), x.dtype)
    if order == float("inf"):
        norm = tf.reduce_max(tf.abs(wide), axes, keepdims=True)
    else:
        powers = tf.reduce_sum(tf.abs(wide) ** order, axes, keepdims=True)
        norm = tf.maximum(powers, epsilon**order) ** (1 / order)
    return tf.cast(wide / tf.maximum(norm, epsilon), x.dtype)


def _wide(x: Tensor) -> Tensor:
    return tf.cast(x, "float32") if x.dtype in (tf.float16, tf.bfloat16) else x


def _flat(weight: Tensor, like: Tensor) -> Tensor:
    return tf.reshape(tf.cast(weight, like.dtype), [-1])


def _as_rows(x: Tensor, axes: Sequence[int]) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """A matrix with the axes as its rows, and the way back."""
    rank = x.shape.rank
    order = [a for a in range(rank) if a not in axes] + list(axes)
    moved = order != list(range(rank))
    ordered = tf.transpose(x, order) if moved else x
    shape, lead = tf.shape(ordered), rank - len(axes)
    sizes = ordered.shape[lead:]
    length = sizes.num_elements() if sizes.is_fully_defined() else tf.reduce_prod(shape[lead:])
    count = tf.reduce_prod(shape[:lead])
    rows = tf.reshape(_wide(ordered), tf.stack([count, length]))

    def restore(result: Tensor) -> Tensor:
        result = tf.reshape(tf.cast(result, x.dtype), shape)
        if moved:
            result = tf.transpose(result, [order.index(a) for a in range(rank)])
        return tf.ensure_shape(result, x.shape)

    return rows, restore


def _sum_rows(*values: Tensor) -> list[Tensor]:
    """The sums of the columns, as products with ones: these use all cores."""
    ones = tf.ones([1, tf.shape(values[0])[0]], values[0].dtype)
    return [tf.reshape(tf.matmul(ones, value), [-1]) for value in values]


def _normalize_rows(x: Tensor, scale: Tensor, offset: Tensor, epsilon: float) -> Tensor:
    def run(x: Tensor, scale: Tensor, offset: Tensor) -> Any:
        centred = x - tf.reduce_mean(x, 1, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), 1, keepdims=True)
        inverse = tf.math.rsqrt(variance + epsilon)
        normal = centred * inverse

        def gradient(dy: Tensor) -> Any:
            product = dy * normal
            weights = (scale / tf.cast(tf.shape(x)[1], x.dtype))[:, None]
            mean, along = tf.matmul(dy, weights), tf.matmul(product, weights)
            dx = dy * scale * inverse - (normal * (along * inverse) + mean * inverse)
            d_scale, d_offset = _sum_rows(product, dy)
            return dx, d_scale, d_offset

        return normal * scale + offset, gradient

    return tf.custom_gradient(run)(x, scale, offset)


def _scale_rows(x: Tensor, scale: Tensor, epsilon: float) -> Tensor:
    def run(x: Tensor, scale: Tensor) -> Any:
        inverse = tf.math.rsqrt(tf.reduce_mean(tf.square(x), 1, keepdims=True) + epsilon)
        normal = x * inverse

        def gradient(dy: Tensor) -> Any:
            product = dy * normal
            weights = (scale / tf.cast(tf.shape(x)[1], x.dtype))[:, None]
            along = tf.matmul(product, weights)
            dx = dy * scale * inverse - normal * (along * inverse)
            return dx, _sum_rows(product)[0]

        return normal * scale, gradient

    return tf.custom_gradient(run)(x, scale)


def _normalize_groups(
    x: Tensor, scale: Tensor, offset: Tensor, groups: int, epsilon: float, along: int
) -> Tensor:
    """x has the places on the axis `along`, 1 or 2, and the channels on the other.

    Statistics are taken of channels first, then of groups.
    """
    channels = x.shape[3 - along]

    def of_groups(values: Tensor) -> Tensor:
        """For each channel the mean over its group's, with an axis of places."""
        split = tf.reshape(values, [-1, groups, channels // groups])
        mean = tf.reduce_mean(split, -1, keepdims=True)
        spread = tf.broadcast_to(mean, tf.shape(split))
        return tf.expand_dims(tf.reshape(spread, [-1, channels]), along)

    def run(x: Tensor, scale: Tensor, offset: Tensor) -> Any:
        centred = x - of_groups(tf.reduce_mean(x, along))
        variance = of_groups(tf.reduce_mean(tf.square(centred), along))
        inverse = tf.math.rsqrt(variance + epsilon)
        factor = inverse * tf.expand_dims(scale, along - 1)

        def gradient(dy: Tensor) -> Any:
            places = tf.cast(tf.shape(x)[along], x.dtype)
            sums, slopes = tf.reduce_sum(dy, along), tf.reduce_sum(dy * centred, along)
            mean = of_groups(sums * scale) * inverse / places
            slope = of_groups(slopes * scale) * inverse**3 / places
            dx = dy * factor - (centred * slope + mean)
            d_scale = tf.reduce_sum(slopes * tf.squeeze(inverse, along), 0)
            return dx, d_scale, tf.reduce_sum(sums, 0)

        return centred * factor + tf.expand_dims(offset, along - 1), gradient

    return tf.custom_gradient(run)(x, scale, offset)
