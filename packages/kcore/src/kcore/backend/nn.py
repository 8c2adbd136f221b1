"""Kernels of neural networks: activations, normalisation, cross entropy."""

from __future__ import annotations

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
    if not (x.dtype.is_floating or (x.dtype.is_integer and name in ("relu", "relu6"))):
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


def sparse_softmax_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """-log softmax(logits)[label] for each row."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def softmax_cross_entropy(labels: Tensor, logits: Tensor, axis: int = -1) -> Tensor:
    """-sum(labels * log softmax(logits)) for each row."""
    return tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis)


def sigmoid_cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """-labels * log p - (1 - labels) * log(1 - p) with p = sigmoid(logits), element by element."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)


def ctc_loss(
    labels: Tensor, logits: Tensor, label_lengths: Tensor, steps: Tensor, blank: int
) -> Tensor:
    """-log of the probability of labels (batch, labels) under logits (batch, steps, classes)."""
    return tf.nn.ctc_loss(
        labels=labels,
        logits=logits,
        label_length=label_lengths,
        logit_length=steps,
        logits_time_major=False,
        blank_index=blank,
    )
