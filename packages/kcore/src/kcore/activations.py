"""Activation functions: element-wise except softmax, given to layers as functions or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kcore import components, ops
from kcore.errors import ShapeError
from kcore.ops import log_softmax, relu6, selu, sigmoid, silu, softplus, softsign, tanh
from kcore.typing import Tensor

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_sigmoid_keras2",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

swish = silu


def linear(x: Tensor) -> Tensor:
    """x, unchanged."""
    return x


def relu(
    x: Tensor,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
    alpha: float | None = None,
) -> Tensor:
    """Rectified linear unit: max(x, 0) with default arguments (Nair and Hinton, 2010).

    Args:
        negative_slope: slope below the threshold; `alpha` is its name in earlier Keras.
        max_value: upper limit, none if None.
        threshold: below it the result is negative_slope * (x - threshold).

    Example:
        >>> relu([-1.0, 2.0]).numpy().tolist()
        [0.0, 2.0]
    """
    slope = negative_slope if alpha is None else alpha
    if slope == 0 and threshold == 0:
        return ops.relu(x) if max_value is None else ops.clip(x, 0.0, max_value)
    kept = x if max_value is None else ops.minimum(x, max_value)
    return ops.where(ops.greater_equal(x, threshold), kept, slope * (x - threshold))


def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """x times the normal distribution function of x (Hendrycks and Gimpel, 2016).

    Args:
        approximate: whether tanh takes the place of the error function.
    """
    return ops.gelu(x, approximate)


def leaky_relu(x: Tensor, negative_slope: float = 0.2, alpha: float | None = None) -> Tensor:
    """x where positive, negative_slope * x elsewhere (Maas et al., 2013).

    Args:
        negative_slope: `alpha` is its name in earlier Keras.
    """
    return ops.leaky_relu(x, negative_slope if alpha is None else alpha)


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, alpha * (exp(x) - 1) elsewhere (Clevert et al., 2016)."""
    return ops.elu(x, alpha)


def exponential(x: Tensor) -> Tensor:
    """exp(x)."""
    return ops.exp(x)


def mish(x: Tensor) -> Tensor:
    """x * tanh(softplus(x)) (Misra, 2019)."""
    return x * ops.tanh(ops.softplus(x))


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Exponentials divided by their sum along the axis."""
    return ops.softmax(x, axis)


def hard_sigmoid(x: Tensor, slope: float | None = None) -> Tensor:
    """A sigmoid of three straight lines: relu6(x + 3) / 6.

    Args:
        slope: 0.2 gives clip(0.2 * x + 0.5, 0, 1), the form of Keras before version 3.
    """
    if slope is None:
        return ops.hard_sigmoid(x)
    return ops.clip(ops.add(ops.multiply(x, slope), 0.5), 0.0, 1.0)


def hard_sigmoid_keras2(x: Tensor) -> Tensor:
    """clip(0.2 * x + 0.5, 0, 1): what "hard_sigmoid" means in files of Keras before version 3.

    Example:
        >>> hard_sigmoid_keras2([-3.0, 0.0]).numpy().tolist()
        [0.0, 0.5]
    """
    return hard_sigmoid(x, slope=0.2)


def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, alpha * (exp(x / alpha) - 1) elsewhere (Barron, 2017).

    Args:
        alpha: not 0; the function is smooth for each.
    """
    below = ops.expm1(ops.minimum(x, 0.0) / alpha)
    return ops.add(ops.relu(x), alpha * below)


def glu(x: Tensor, axis: int = -1) -> Tensor:
    """The first half times the sigmoid of the second half (Dauphin et al., 2017).

    Args:
        axis: the axis that is halved.

    Raises:
        ShapeError: if its size is odd.

    Example:
        >>> glu([1.0, 2.0, 0.0, 0.0]).numpy().tolist()
        [0.5, 1.0]
    """
    size = ops.shape(x)[axis]
    if isinstance(size, int) and size % 2:
        raise ShapeError(
            f"glu halves axis {axis}, so its size must be even; received the shape {ops.shape(x)}."
        )
    first, second = ops.split(x, 2, axis)
    return ops.multiply(first, ops.sigmoid(second))


def hard_silu(x: Tensor) -> Tensor:
    """x * relu6(x + 3) / 6, three pieces near silu (Howard et al., 2019)."""
    return ops.multiply(x, ops.hard_sigmoid(x))


hard_swish = hard_silu


def hard_tanh(x: Tensor) -> Tensor:
    """x between -1 and 1, these bounds elsewhere."""
    return ops.clip(x, -1.0, 1.0)


def hard_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """x where |x| exceeds the threshold, 0 elsewhere."""
    return ops.where(ops.greater(ops.absolute(x), threshold), x, 0.0)


def soft_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """x moved towards 0 by the threshold, 0 where |x| does not exceed it."""
    return ops.subtract(x, ops.clip(x, -threshold, threshold))


def tanh_shrink(x: Tensor) -> Tensor:
    """x - tanh(x)."""
    return ops.subtract(x, ops.tanh(x))


def threshold(x: Tensor, threshold: float, default_value: float) -> Tensor:
    """x where it exceeds the threshold, `default_value` elsewhere."""
    return ops.where(ops.greater(x, threshold), x, default_value)


def squareplus(x: Tensor, b: float = 4) -> Tensor:
    """(x + sqrt(x squared + b)) / 2, near softplus without exponentials (Barron, 2021).

    Args:
        b: 0 (relu) or more: how smooth the bend is.
    """
    return ops.add(x, ops.sqrt(ops.square(x) + b)) / 2


def log_sigmoid(x: Tensor) -> Tensor:
    """log(1 / (1 + exp(-x))), without overflow."""
    return ops.negative(ops.softplus(ops.negative(x)))


def sparse_sigmoid(x: Tensor) -> Tensor:
    """(x + 1) / 2 between -1 and 1, 0 below and 1 above: sparsemax of (x, -x)."""
    return ops.clip(ops.add(x, 1.0) / 2, 0.0, 1.0)


def sparse_plus(x: Tensor) -> Tensor:
    """0 below -1, (x + 1) squared / 4 up to 1, x above: the integral of sparse_sigmoid."""
    bend = ops.square(ops.add(ops.clip(x, -1.0, 1.0), 1.0)) / 4
    return ops.add(bend, ops.relu(ops.subtract(x, 1.0)))


def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """The nearest probabilities to x, many of them exactly 0 (Martins and Astudillo, 2016).

    Args:
        axis: over which they sum to 1; its size must be known.

    Raises:
        ShapeError: if its size is not known.

    Example:
        >>> sparsemax([0.0, 0.5, 3.0]).numpy().tolist()
        [0.0, 0.0, 1.0]
    """
    shape = ops.shape(x)
    size = shape[axis]
    if not isinstance(size, int):
        raise ShapeError(f"sparsemax needs the size of axis {axis}; received the shape {shape}.")
    ordered = ops.flip(ops.sort(x, axis), axis)
    place = [1] * len(shape)
    place[axis] = size
    rank = np.arange(1, size + 1, dtype="int32").reshape(place)
    inside = ops.greater(ops.multiply(ordered, rank) + 1.0, ops.cumsum(ordered, axis))
    members = ops.cast(inside, ordered.dtype)
    count = ops.sum(members, axis=axis, keepdims=True)
    level = (ops.sum(ordered * members, axis=axis, keepdims=True) - 1.0) / count
    return ops.relu(ops.subtract(x, level))


def get(identifier: Any) -> Any:
    """The activation for a name, a function, or None (linear).

    Example:
        >>> get("relu").__name__, get(None).__name__
        ('relu', 'linear')
    """
    return linear if identifier is None else components.get("activation", identifier, "activation")


def serialize(activation: Any) -> Any:
    """The name of an activation, as configurations hold it."""
    return components.to_data(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The activation that `serialize` described.

    Args:
        config: its name or saved form.
        custom_objects: further functions by name, for this call.
    """
    return components.get_with("activation", config, custom_objects)
