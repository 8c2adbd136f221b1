"""Activation functions: element-wise except softmax, given to layers as functions or by name."""

from __future__ import annotations

from typing import Any

from kcore import components, ops
from kcore.ops import log_softmax, relu6, selu, sigmoid, silu, softplus, softsign, tanh
from kcore.typing import Tensor

__all__ = [
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
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


def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x where positive, negative_slope * x elsewhere (Maas et al., 2013)."""
    return ops.leaky_relu(x, negative_slope)


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
    return ops.clip(slope * x + 0.5, 0.0, 1.0)


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


deserialize = get
