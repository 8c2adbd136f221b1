"""Arithmetic, comparisons and products, element by element or of matrices.

Every function takes tensors, arrays, variables or numbers and gives a tensor; on a symbolic tensor
it records the computation instead. Integers become `floatx` where a fraction is needed.
"""

from __future__ import annotations

import math
from typing import Any

from kcore import backend, config
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "abs",
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "divide",
    "divide_no_nan",
    "dot",
    "einsum",
    "equal",
    "erf",
    "erfinv",
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
    "log2",
    "log10",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "matmul",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "reciprocal",
    "round",
    "rsqrt",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tensordot",
    "true_divide",
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
def erfinv(x: Tensor) -> Tensor:
    """The inverse of the error function, for x from -1 to 1."""
    return backend.math.elementwise("erfinv", x, config.floatx())


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


def log2(x: Tensor) -> Tensor:
    """Logarithm to base 2."""
    return multiply(log(x), 1 / math.log(2))


def log10(x: Tensor) -> Tensor:
    """Logarithm to base 10."""
    return multiply(log(x), 1 / math.log(10))


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


@operation(rules.same)
def round(x: Tensor, decimals: int = 0) -> Tensor:
    """The nearest number with so many decimals, the even one of two that are as near."""
    if decimals == 0:
        return backend.math.elementwise("round", x, config.floatx())
    x = backend.tensor.convert(x)
    scale = 10.0**decimals
    scaled = backend.math.elementwise("round", multiply(x, scale), config.floatx())
    return backend.tensor.cast(multiply(scaled, 1 / scale), backend.tensor.dtype_of(x))


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


@operation(rules.numeric)
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


@operation(rules.broadcast_real)
def divide_no_nan(x1: Tensor, x2: Tensor) -> Tensor:
    """x1 / x2, and 0 where x2 is 0."""
    return backend.math.binary("divide_no_nan", x1, x2, config.floatx())


abs = absolute
divide = true_divide


@operation(rules.numeric)
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
    return tensordot(x1, x2, axes=[[rank1 - 1], [max(rank2 - 2, 0)]])


@operation(rules.tensordot)
def tensordot(x1: Tensor, x2: Tensor, axes: Any = 2) -> Tensor:
    """Products summed over pairs of axes: the last `axes` with the first, or two lists of axes."""
    return backend.math.tensordot(x1, x2, axes)


@operation(rules.einsum)
def einsum(subscripts: str, *operands: Tensor) -> Tensor:
    """Sums of products by Einstein's notation, for example "bij,bjk->bik"."""
    return backend.math.einsum(subscripts, *operands)


@operation(rules.chosen)
def where(condition: Tensor, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, x2 elsewhere; without both, the indices where it holds."""
    if x1 is None and x2 is None:
        return backend.segments.where_true(condition)
    return backend.math.where(condition, x1, x2)
