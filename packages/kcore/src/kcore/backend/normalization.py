"""Kernels that normalise: TensorFlow's fused one up to 32 bits, the formula in 64."""

from __future__ import annotations

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
        scale=scale,
        offset=offset,
        mean=mean,
        variance=variance,
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
    return _as_before(result.y, shape), result.batch_mean, variance


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
