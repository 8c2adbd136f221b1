"""Arithmetic, comparisons, reductions and products.

Every function takes tensors, arrays, variables or numbers and gives a tensor; on a symbolic tensor
it records the computation instead. Integers become `floatx` where a fraction is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

Axis = int | Sequence[int] | None

__all__ = [
    "abs",
    "absolute",
    "add",
    "all",
    "any",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "cumprod",
    "cumsum",
    "divide",
    "dot",
    "einsum",
    "equal",
    "erf",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mod",
    "moments",
    "multiply",
    "negative",
    "norm",
    "not_equal",
    "power",
    "prod",
    "reciprocal",
    "round",
    "rsqrt",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "std",
    "subtract",
    "sum",
    "tan",
    "tensordot",
    "true_divide",
    "var",
    "where",
]


@operation(rules.same)
def absolute(x: Tensor) -> Tensor:
    """|x| of each element."""
    return backend.math.elementwise("absolute", x, config.floatx())


@operation(rules.real)
def arccos(x: Tensor) -> Tensor:
    """The angle whose cosine is x, in radians."""
    return backend.math.elementwise("arccos", x, config.floatx())


@operation(rules.real)
def arccosh(x: Tensor) -> Tensor:
    """Inverse hyperbolic cosine."""
    return backend.math.elementwise("arccosh", x, config.floatx())


@operation(rules.real)
def arcsin(x: Tensor) -> Tensor:
    """The angle whose sine is x, in radians."""
    return backend.math.elementwise("arcsin", x, config.floatx())


@operation(rules.real)
def arcsinh(x: Tensor) -> Tensor:
    """Inverse hyperbolic sine."""
    return backend.math.elementwise("arcsinh", x, config.floatx())


@operation(rules.real)
def arctan(x: Tensor) -> Tensor:
    """The angle whose tangent is x, in radians."""
    return backend.math.elementwise("arctan", x, config.floatx())


@operation(rules.real)
def arctanh(x: Tensor) -> Tensor:
    """Inverse hyperbolic tangent."""
    return backend.math.elementwise("arctanh", x, config.floatx())


@operation(rules.real)
def ceil(x: Tensor) -> Tensor:
    """The next whole number upwards."""
    return backend.math.elementwise("ceil", x, config.floatx())


@operation(rules.real)
def cos(x: Tensor) -> Tensor:
    """Cosine of x in radians."""
    return backend.math.elementwise("cos", x, config.floatx())


@operation(rules.real)
def cosh(x: Tensor) -> Tensor:
    """Hyperbolic cosine."""
    return backend.math.elementwise("cosh", x, config.floatx())


@operation(rules.real)
def erf(x: Tensor) -> Tensor:
    """The error function."""
    return backend.math.elementwise("erf", x, config.floatx())


@operation(rules.real)
def exp(x: Tensor) -> Tensor:
    """e to the power x."""
    return backend.math.elementwise("exp", x, config.floatx())


@operation(rules.real)
def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, exact for small x."""
    return backend.math.elementwise("expm1", x, config.floatx())


@operation(rules.real)
def floor(x: Tensor) -> Tensor:
    """The next whole number downwards."""
    return backend.math.elementwise("floor", x, config.floatx())


@operation(rules.boolean)
def isfinite(x: Tensor) -> Tensor:
    """Whether x is neither NaN nor infinite."""
    return backend.math.elementwise("isfinite", x, config.floatx())


@operation(rules.boolean)
def isinf(x: Tensor) -> Tensor:
    """Whether x is infinite."""
    return backend.math.elementwise("isinf", x, config.floatx())


@operation(rules.boolean)
def isnan(x: Tensor) -> Tensor:
    """Whether x is NaN."""
    return backend.math.elementwise("isnan", x, config.floatx())


@operation(rules.real)
def log(x: Tensor) -> Tensor:
    """Natural logarithm."""
    return backend.math.elementwise("log", x, config.floatx())


@operation(rules.real)
def log1p(x: Tensor) -> Tensor:
    """log(1 + x), exact for small x."""
    return backend.math.elementwise("log1p", x, config.floatx())


@operation(rules.boolean)
def logical_not(x: Tensor) -> Tensor:
    """Whether x is false."""
    return backend.math.elementwise("logical_not", x, config.floatx())


@operation(rules.same)
def negative(x: Tensor) -> Tensor:
    """-x."""
    return backend.math.elementwise("negative", x, config.floatx())


@operation(rules.real)
def reciprocal(x: Tensor) -> Tensor:
    """1 / x."""
    return backend.math.elementwise("reciprocal", x, config.floatx())


@operation(rules.real)
def round(x: Tensor) -> Tensor:
    """The nearest whole number, halves to even."""
    return backend.math.elementwise("round", x, config.floatx())


@operation(rules.real)
def rsqrt(x: Tensor) -> Tensor:
    """1 / sqrt(x)."""
    return backend.math.elementwise("rsqrt", x, config.floatx())


@operation(rules.same)
def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1."""
    return backend.math.elementwise("sign", x, config.floatx())


@operation(rules.real)
def sin(x: Tensor) -> Tensor:
    """Sine of x in radians."""
    return backend.math.elementwise("sin", x, config.floatx())


@operation(rules.real)
def sinh(x: Tensor) -> Tensor:
    """Hyperbolic sine."""
    return backend.math.elementwise("sinh", x, config.floatx())


@operation(rules.real)
def sqrt(x: Tensor) -> Tensor:
    """Square root."""
    return backend.math.elementwise("sqrt", x, config.floatx())


@operation(rules.same)
def square(x: Tensor) -> Tensor:
    """x times x."""
    return backend.math.elementwise("square", x, config.floatx())


@operation(rules.real)
def tan(x: Tensor) -> Tensor:
    """Tangent of x in radians."""
    return backend.math.elementwise("tan", x, config.floatx())


@operation(rules.broadcast)
def add(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 + x2."""
    return backend.math.binary("add", x1, x2, config.floatx())


@operation(rules.broadcast_real)
def arctan2(x1: Tensor, x2: Tensor) -> Tensor:
    """The angle of the point (x2, x1), in radians."""
    return backend.math.binary("arctan2", x1, x2, config.floatx())


@operation(rules.compare)
def equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether x1 equals x2."""
    return backend.math.binary("equal", x1, x2, config.floatx())


@operation(rules.broadcast)
def floor_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 / x2, rounded down."""
    return backend.math.binary("floor_divide", x1, x2, config.floatx())


@operation(rules.compare)
def greater(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether x1 is greater than x2."""
    return backend.math.binary("greater", x1, x2, config.floatx())


@operation(rules.compare)
def greater_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether x1 is at least x2."""
    return backend.math.binary("greater_equal", x1, x2, config.floatx())


@operation(rules.compare)
def less(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether x1 is less than x2."""
    return backend.math.binary("less", x1, x2, config.floatx())


@operation(rules.compare)
def less_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether x1 is at most x2."""
    return backend.math.binary("less_equal", x1, x2, config.floatx())


@operation(rules.compare)
def logical_and(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether both are true."""
    return backend.math.binary("logical_and", x1, x2, config.floatx())


@operation(rules.compare)
def logical_or(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether one is true."""
    return backend.math.binary("logical_or", x1, x2, config.floatx())


@operation(rules.compare)
def logical_xor(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether exactly one is true."""
    return backend.math.binary("logical_xor", x1, x2, config.floatx())


@operation(rules.broadcast)
def maximum(x1: Tensor, x2: Tensor) -> Tensor:
    """The larger of the two."""
    return backend.math.binary("maximum", x1, x2, config.floatx())


@operation(rules.broadcast)
def minimum(x1: Tensor, x2: Tensor) -> Tensor:
    """The smaller of the two."""
    return backend.math.binary("minimum", x1, x2, config.floatx())


@operation(rules.broadcast)
def mod(x1: Tensor, x2: Tensor) -> Tensor:
    """What x1 leaves when divided by x2; has the sign of x2."""
    return backend.math.binary("mod", x1, x2, config.floatx())


@operation(rules.broadcast)
def multiply(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 times x2."""
    return backend.math.binary("multiply", x1, x2, config.floatx())


@operation(rules.compare)
def not_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether x1 differs from x2."""
    return backend.math.binary("not_equal", x1, x2, config.floatx())


@operation(rules.broadcast)
def power(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 to the power x2."""
    return backend.math.binary("power", x1, x2, config.floatx())


@operation(rules.broadcast)
def subtract(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 - x2."""
    return backend.math.binary("subtract", x1, x2, config.floatx())


@operation(rules.broadcast_real)
def true_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 / x2, with a fraction also for integers."""
    return backend.math.binary("true_divide", x1, x2, config.floatx())


@operation(rules.reduction_bool)
def all(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether all elements are true. Over `axis`, over all axes if None."""
    return backend.math.reduction("all", x, axis, keepdims, config.floatx())


@operation(rules.reduction_bool)
def any(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether an element is true. Over `axis`, over all axes if None."""
    return backend.math.reduction("any", x, axis, keepdims, config.floatx())


@operation(rules.reduction_real)
def logsumexp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """log(sum(exp(x))), without overflow. Over `axis`, over all axes if None."""
    return backend.math.reduction("logsumexp", x, axis, keepdims, config.floatx())


@operation(rules.reduction)
def max(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest element. Over `axis`, over all axes if None."""
    return backend.math.reduction("max", x, axis, keepdims, config.floatx())


@operation(rules.reduction_real)
def mean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean. Over `axis`, over all axes if None."""
    return backend.math.reduction("mean", x, axis, keepdims, config.floatx())


@operation(rules.reduction)
def min(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest element. Over `axis`, over all axes if None."""
    return backend.math.reduction("min", x, axis, keepdims, config.floatx())


@operation(rules.reduction)
def prod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The product. Over `axis`, over all axes if None."""
    return backend.math.reduction("prod", x, axis, keepdims, config.floatx())


@operation(rules.reduction)
def sum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum. Over `axis`, over all axes if None."""
    return backend.math.reduction("sum", x, axis, keepdims, config.floatx())


abs = absolute
divide = true_divide


@operation(rules.reduction_real)
def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean squared distance from the mean."""
    return backend.math.variance(x, axis, keepdims, config.floatx())


@operation(rules.reduction_real)
def std(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The square root of the variance."""
    return backend.math.elementwise("sqrt", var(x, axis, keepdims), config.floatx())


@operation(rules.moments)
def moments(x: Tensor, axes: Sequence[int], keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """Mean and variance over the axes, computed in float32 for 16-bit values."""
    return backend.math.moments(backend.tensor.convert(x), axes, keepdims)


@operation(rules.same)
def cumsum(x: Tensor, axis: int = 0) -> Tensor:
    """Running sums along the axis."""
    return backend.math.cumulative("cumsum", x, axis)


@operation(rules.same)
def cumprod(x: Tensor, axis: int = 0) -> Tensor:
    """Running products along the axis."""
    return backend.math.cumulative("cumprod", x, axis)


@operation(rules.same)
def clip(x: Tensor, x_min: Any, x_max: Any) -> Tensor:
    """Values below `x_min` become x_min, values above `x_max` become x_max."""
    return backend.math.clip(x, x_min, x_max)


@operation(rules.matmul)
def matmul(x1: Tensor, x2: Tensor) -> Tensor:
    """The matrix product over the last two axes; leading axes broadcast.

    Shapes: (..., rows, inner) and (..., inner, columns) give (..., rows, columns).

    Raises:
        ShapeError: on symbolic tensors, if the inner sizes differ.
    """
    return backend.math.matmul(x1, x2)


def dot(x1: Tensor, x2: Tensor) -> Tensor:
    """The last axis of x1 summed with the last but one of x2 (its only one, if it has one)."""
    rank1, rank2 = len(rules.spec(x1)[0]), len(rules.spec(x2)[0])
    if rank1 == 0 or rank2 == 0:
        return multiply(x1, x2)
    # `max` is the operation of this module
    return tensordot(x1, x2, axes=[[rank1 - 1], [rank2 - 2 if rank2 > 1 else 0]])


@operation(rules.tensordot)
def tensordot(x1: Tensor, x2: Tensor, axes: Any = 2) -> Tensor:
    """Products summed over pairs of axes: the last `axes` with the first, or two lists of axes."""
    return backend.math.tensordot(x1, x2, axes)


@operation(rules.einsum)
def einsum(subscripts: str, *operands: Tensor) -> Tensor:
    """Sums of products by Einstein's notation, for example "bij,bjk->bik"."""
    return backend.math.einsum(subscripts, *operands)


@operation(rules.arg_reduction)
def argmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the largest element is, int32; in the flattened tensor if axis is None."""
    index = backend.math.argmax(x, axis)
    return backend.math.expand_dims(index, axis) if keepdims and axis is not None else index


@operation(rules.arg_reduction)
def argmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the smallest element is, int32; in the flattened tensor if axis is None."""
    index = backend.math.argmin(x, axis)
    return backend.math.expand_dims(index, axis) if keepdims and axis is not None else index


@operation(rules.select)
def where(condition: Tensor, x1: Tensor, x2: Tensor) -> Tensor:
    """x1 where the condition holds, x2 elsewhere."""
    return backend.math.where(condition, x1, x2)


@operation(rules.reduction_real)
def norm(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The Euclidean length over `axis`, over all axes if None."""
    return sqrt(sum(square(x), axis, keepdims))
