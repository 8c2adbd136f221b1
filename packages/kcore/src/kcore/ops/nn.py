"""Operations of neural networks."""

from __future__ import annotations

from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError
from kcore.ops import math
from kcore.ops import shape_rules as rules
from kcore.ops.arrays import cast
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "batch_normalization",
    "bias_add",
    "binary_crossentropy",
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "one_hot",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]


def _real(x: Any) -> Tensor:
    """A tensor of floats; integers become `floatx`."""
    x = backend.tensor.convert(x)
    kind = backend.tensor.dtype_of(x)
    return x if dtypes.is_float(kind) else backend.tensor.cast(x, config.floatx())


@operation(rules.whole_or_real)
def relu(x: Tensor) -> Tensor:
    """max(x, 0)."""
    return backend.nn.activation("relu", x, config.floatx())


@operation(rules.whole_or_real)
def relu6(x: Tensor) -> Tensor:
    """min(max(x, 0), 6)."""
    return backend.nn.activation("relu6", x, config.floatx())


@operation(rules.real)
def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x))."""
    return backend.nn.activation("sigmoid", x, config.floatx())


@operation(rules.real)
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return backend.nn.activation("tanh", x, config.floatx())


@operation(rules.real)
def softplus(x: Tensor) -> Tensor:
    """log(exp(x) + 1)."""
    return backend.nn.activation("softplus", x, config.floatx())


@operation(rules.real)
def softsign(x: Tensor) -> Tensor:
    """x / (|x| + 1)."""
    return backend.nn.activation("softsign", x, config.floatx())


@operation(rules.real)
def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x), also called swish (Ramachandran et al., 2017)."""
    return backend.nn.activation("silu", x, config.floatx())


swish = silu


@operation(rules.real)
def _elu(x: Tensor) -> Tensor:
    return backend.nn.activation("elu", x, config.floatx())


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, alpha * (exp(x) - 1) elsewhere (Clevert et al., 2016)."""
    if alpha == 1.0:
        return _elu(x)
    return math.where(math.greater(x, 0), x, math.multiply(_elu(x), alpha))


@operation(rules.real)
def selu(x: Tensor) -> Tensor:
    """Scaled elu that keeps mean 0 and variance 1 (Klambauer et al., 2017)."""
    return backend.nn.activation("selu", x, config.floatx())


@operation(rules.real)
def gelu(x: Tensor, approximate: bool = True) -> Tensor:
    """x times the normal distribution function of x (Hendrycks and Gimpel, 2016)."""
    return backend.nn.gelu(_real(x), approximate)


@operation(rules.real)
def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x where positive, negative_slope * x elsewhere."""
    return backend.nn.leaky_relu(_real(x), negative_slope)


@operation(rules.real)
def hard_sigmoid(x: Tensor) -> Tensor:
    """min(max(x + 3, 0), 6) / 6: a sigmoid of three straight lines."""
    return backend.math.clip(_real(x) / 6 + 0.5, 0, 1)


def hard_silu(x: Tensor) -> Tensor:
    """x * hard_sigmoid(x), also called hard swish (Howard et al., 2019)."""
    return math.multiply(x, hard_sigmoid(x))


hard_swish = hard_silu


def log_sigmoid(x: Tensor) -> Tensor:
    """log(1 / (1 + exp(-x))), without overflow."""
    return math.negative(softplus(math.negative(x)))


@operation(rules.real)
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Exponentials divided by their sum along the axis."""
    return backend.nn.softmax(_real(x), axis)


@operation(rules.real)
def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """The logarithm of softmax, without overflow."""
    x = _real(x)
    return x - backend.math.reduction("logsumexp", x, axis, True, config.floatx())


@operation(rules.one_hot)
def one_hot(
    x: Tensor, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at the class's place along a new axis, 0 elsewhere; only 0 for classes there are not.

    Args:
        x: class numbers.
        num_classes: the number of classes.
        axis: where the classes lie in the result.
        dtype: of the result, `floatx` if None.
        sparse: must be False.
    """
    if sparse:
        raise ConfigurationError("one_hot: sparse=True is not supported; the result is dense.")
    return backend.math.one_hot(x, num_classes, axis, dtype or config.floatx())


@operation(rules.same)
def bias_add(x: Tensor, bias: Tensor, data_format: str | None = None) -> Tensor:
    """Adds one number to each channel."""
    layout = config.standardize_data_format(data_format)
    return backend.nn.bias_add(backend.tensor.convert(x), backend.tensor.convert(bias), layout)


@operation(rules.same)
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    axis: int,
    offset: Tensor | None = None,
    scale: Tensor | None = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset.

    Args:
        x: of at least two axes.
        mean: of each channel.
        variance: of each channel.
        axis: where the channels of x lie.
        offset: of each channel, 0 if None.
        scale: of each channel, 1 if None.
        epsilon: keeps the division finite.

    Example:
        >>> batch_normalization([[3.0], [1.0]], [1.0], [4.0], -1, epsilon=0.0).numpy().tolist()
        [[1.0], [0.0]]
    """
    convert = backend.tensor.convert
    x, mean, variance = convert(x), convert(mean), convert(variance)
    offset = backend.math.full(mean.shape, 0, mean.dtype) if offset is None else convert(offset)
    scale = backend.math.full(mean.shape, 1, mean.dtype) if scale is None else convert(scale)
    run = backend.normalization.batch_normalization
    rank = len(x.shape)
    at = shapes.normalize_axis(axis, rank)
    if at == rank - 1:
        return run(x, scale, offset, mean, variance, epsilon)
    order = [i for i in range(rank) if i != at] + [at]
    result = run(backend.math.transpose(x, order), scale, offset, mean, variance, epsilon)
    return backend.math.transpose(result, [order.index(i) for i in range(rank)])


@operation(rules.broadcast_real)
def binary_crossentropy(target: Tensor, output: Tensor, from_logits: bool = False) -> Tensor:
    """-target * log(p) - (1 - target) * log(1 - p), element by element.

    Args:
        target: probabilities in [0, 1].
        output: probabilities p, or logits of them if `from_logits`.
    """
    output = backend.tensor.convert(output)
    target = cast(target, backend.tensor.dtype_of(output))
    if from_logits:
        return backend.nn.sigmoid_cross_entropy(target, output)
    p = backend.math.clip(output, config.epsilon(), 1 - config.epsilon())
    log = backend.math.ELEMENTWISE["log"]
    return -(target * log(p) + (1 - target) * log(1 - p))
