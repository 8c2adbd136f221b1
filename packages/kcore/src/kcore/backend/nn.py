"""Kernels of neural networks: activations, convolution, pooling, normalisation, cross entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kcore.backend.tensor import convert, set_logits
from kcore.typing import Tensor

ACTIVATIONS: dict[str, Any] = {
    "elu": tf.nn.elu,
    "log_softmax": tf.nn.log_softmax,
    "relu": tf.nn.relu,
    "relu6": tf.nn.relu6,
    "selu": tf.nn.selu,
    "sigmoid": tf.sigmoid,
    "silu": tf.nn.silu,
    "softplus": tf.math.softplus,
    "softsign": tf.nn.softsign,
    "tanh": tf.tanh,
}


def activation(name: str, x: Tensor, floatx: str) -> Tensor:
    """Runs the kernel of that name in ACTIVATIONS."""
    x = convert(x)
    if not x.dtype.is_floating:
        x = tf.cast(x, floatx)
    result = ACTIVATIONS[name](x)
    if name == "sigmoid":
        set_logits(result, "sigmoid", x)
    return result


def softmax(x: Tensor, axis: int) -> Tensor:
    """Exponentials that sum to 1 along the axis; 16-bit values are summed in float32."""
    x = convert(x)
    wide = tf.cast(x, "float32") if x.dtype in (tf.float16, tf.bfloat16) else x
    result = tf.cast(tf.nn.softmax(wide, axis), x.dtype)
    if axis in (-1, x.shape.rank - 1):
        set_logits(result, "softmax", x)
    return result


def leaky_relu(x: Tensor, slope: float) -> Tensor:
    """x where positive, slope * x elsewhere."""
    return tf.nn.leaky_relu(convert(x), slope)


def gelu(x: Tensor, approximate: bool) -> Tensor:
    """x times the normal distribution function of x (Hendrycks and Gimpel, 2016)."""
    return tf.nn.gelu(convert(x), approximate)


def bias_add(x: Tensor, bias: Tensor, data_format: str = "channels_last") -> Tensor:
    """Adds one number to each channel."""
    if data_format == "channels_first" and x.shape.rank > 2:
        return x + tf.reshape(bias, (-1,) + (1,) * (x.shape.rank - 2))
    return tf.nn.bias_add(x, bias)


def _channels_last(rank: int) -> list[int]:
    return [0, *range(2, rank), 1]


def _channels_first(rank: int) -> list[int]:
    return [0, rank - 1, *range(1, rank - 1)]


def convolution(
    x: Tensor,
    kernel: Tensor,
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int],
    groups: int,
    data_format: str,
) -> Tensor:
    """Convolution over one, two or three axes; the kernel is (*window, channels / groups, filters).

    The processor's kernels want the channels last, so channels-first input is transposed around it.
    """
    rank = x.shape.rank
    if data_format == "channels_first":
        x = tf.transpose(x, _channels_last(rank))
    if groups == 1:
        result = _convolve(x, kernel, strides, padding, dilation)
    else:
        parts = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
        result = tf.concat([_convolve(a, b, strides, padding, dilation) for a, b in parts], -1)
    if data_format == "channels_first":
        result = tf.transpose(result, _channels_first(rank))
    return result


def _convolve(
    x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str, dilation: Sequence[int]
) -> Tensor:
    if padding == "causal":
        front = (kernel.shape[0] - 1) * dilation[0]
        x, padding = tf.pad(x, [[0, 0], [front, 0], [0, 0]]), "valid"
    if x.shape.rank == 4:
        return tf.nn.conv2d(x, kernel, list(strides), padding.upper(), dilations=list(dilation))
    return tf.nn.convolution(x, kernel, list(strides), padding.upper(), dilations=list(dilation))


def pool(
    x: Tensor,
    kind: str,
    window: Sequence[int],
    strides: Sequence[int],
    padding: str,
    data_format: str,
) -> Tensor:
    """The largest ("max") or mean ("average") value in each window; padding never counts."""
    rank = x.shape.rank
    if data_format == "channels_first":
        x = tf.transpose(x, _channels_last(rank))
    run = tf.nn.max_pool if kind == "max" else tf.nn.avg_pool
    result = run(x, list(window), list(strides), padding.upper())
    if data_format == "channels_first":
        result = tf.transpose(result, _channels_first(rank))
    return result


def batch_normalization(
    x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: float
) -> Tensor:
    """Normalises the last axis with given statistics, by the fused kernel."""
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
    """Normalises the last axis with the batch's own statistics, by the fused kernel.

    Returns:
        The result, the mean and the (biased) variance of each channel.
    """
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


def sparse_softmax_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """-log softmax(logits)[label] for each row."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def softmax_cross_entropy(labels: Tensor, logits: Tensor, axis: int = -1) -> Tensor:
    """-sum(labels * log softmax(logits)) for each row."""
    return tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis)


def sigmoid_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """-labels * log p - (1 - labels) * log(1 - p) with p = sigmoid(logits), element by element."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
