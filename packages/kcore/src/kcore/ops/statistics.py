"""Averages, order statistics and comparisons of whole tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError, DataError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, reduction
from kcore.ops import math as arithmetic
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

Axis = int | Sequence[int] | None

__all__ = [
    "allclose",
    "amax",
    "amin",
    "average",
    "count_nonzero",
    "diff",
    "isclose",
    "median",
    "percentile",
    "quantile",
]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def amax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest element; another name of `max`."""
    return reduction.max(x, axis, keepdims)


def amin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest element; another name of `min`."""
    return reduction.min(x, axis, keepdims)


def average(x: Tensor, axis: Axis = None, weights: Tensor | None = None) -> Tensor:
    """The mean, each element weighted.

    Args:
        x: of any shape.
        axis: one or several; all if None.
        weights: in the shape of x, or of its sizes along `axis`; None weighs all the same.

    Raises:
        ShapeError: if the weights have another shape.

    Example:
        >>> float(average([1.0, 4.0], weights=[2.0, 1.0]))
        2.0
    """
    if weights is None:
        return reduction.mean(x, axis)
    shape, dtype = rules.spec(x)
    if not dtypes.is_float(dtype):
        x = arrays.cast(x, config.floatx())
    axes = shapes.normalize_axes(axis, len(shape))
    given = rules.spec(weights)[0]
    if len(given) != len(shape):
        if len(given) != len(axes):
            raise ShapeError(
                f"average: weights need the shape {shape} of x, or its sizes along axis={axis}; "
                f"received {given}."
            )
        places = [given[axes.index(a)] if a in axes else 1 for a in range(len(shape))]
        weights = arrays.reshape(weights, [-1 if size is None else size for size in places])
    weights = arithmetic.multiply(weights, arrays.ones_like(x))
    total = reduction.sum(arithmetic.multiply(x, weights), axis)
    return arithmetic.divide(total, reduction.sum(weights, axis))


def count_nonzero(x: Tensor, axis: Axis = None) -> Tensor:
    """How many elements are not zero, int32."""
    return reduction.sum(arrays.cast(arrays.cast(x, "bool"), "int32"), axis)


def diff(a: Tensor, n: int = 1, axis: int = -1) -> Tensor:
    """Each element less the one before it, n times; truth values: whether both differ.

    Example:
        >>> diff([1, 4, 9]).numpy().tolist()
        [3, 5]
    """
    if n < 0:
        raise ConfigurationError(f"diff: n must be at least 0; received {n}.")
    shape, dtype = rules.spec(a)
    at = shapes.normalize_axis(axis, len(shape))
    front = (slice(None),) * at
    subtract = arithmetic.not_equal if dtype == "bool" else arithmetic.subtract
    for _ in range(n):
        a = subtract(
            arrays.getitem(a, (*front, slice(1, None))),
            arrays.getitem(a, (*front, slice(None, -1))),
        )
    return a


def isclose(
    x1: Tensor, x2: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether |x1 - x2| <= atol + rtol * |x2|, element by element; equal infinities are close.

    Args:
        x1: of any shape.
        x2: of a shape that broadcasts with it.
        rtol: relative tolerance.
        atol: absolute tolerance.
        equal_nan: whether two NaN are close.
    """
    x1, x2 = (_signed(x) for x in (x1, x2))
    distance = arithmetic.absolute(arithmetic.subtract(x1, x2))
    limit = arithmetic.add(arithmetic.multiply(arithmetic.absolute(x2), rtol), atol)
    near = arithmetic.logical_and(arithmetic.less_equal(distance, limit), arithmetic.isfinite(x2))
    close = arithmetic.logical_or(near, arithmetic.equal(x1, x2))
    if not equal_nan:
        return close
    return arithmetic.logical_or(close, arithmetic.logical_and(_isnan(x1), _isnan(x2)))


def _signed(x: Any) -> Any:
    """Differences need floats, so that no dtype wraps around."""
    return x if dtypes.is_float(rules.spec(x)[1]) else arrays.cast(x, config.floatx())


def _isnan(x: Any) -> Tensor:
    return arithmetic.isnan(x)


def allclose(
    x1: Tensor, x2: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether all elements are close, as `isclose` says; one truth value."""
    return reduction.all(isclose(x1, x2, rtol, atol, equal_nan))


def _quantile_rule(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor:
    if method not in METHODS:
        raise ConfigurationError(f"quantile: method must be one of {METHODS}; received {method!r}.")
    shape, dtype = rules.spec(x)
    kind = dtype if dtypes.is_float(dtype) else config.floatx()
    return rules.make((*rules.spec(q)[0], *shapes.reduce(shape, axis, keepdims)), kind)


@operation(_quantile_rule)
def quantile(
    x: Tensor, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The value below which a share of the values lies.

    Args:
        x: of any shape; integers become `floatx`.
        q: the share, from 0 to 1, or a list of them.
        axis: one or several; all if None.
        method: between two values: "linear" goes over from one to the other, "midpoint" takes
            their middle, "lower", "higher" and "nearest" one of them.
        keepdims: whether the axes stay with size 1.

    Shapes:
        the shape of q in front of the axes that are left.

    Example:
        >>> float(quantile([1.0, 2.0, 3.0, 4.0], 0.5))
        2.5
    """
    _quantile_rule(x, q, axis, method, keepdims)
    if isinstance(q, (int, float)) and not 0 <= q <= 1:
        raise DataError(f"quantile: q must lie between 0 and 1; received {q}.")
    values = backend.linalg.floats(x, config.floatx())
    kind = "float64" if backend.tensor.dtype_of(values) == "float64" else "float32"
    share = backend.tensor.cast(backend.tensor.convert(q), kind)
    axes = shapes.normalize_axes(axis, len(values.shape))
    return backend.statistics.quantile(values, share, axes, method, keepdims)


def percentile(
    x: Tensor, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """As `quantile`, with q from 0 to 100."""
    if isinstance(q, (int, float)) and not 0 <= q <= 100:
        raise DataError(f"percentile: q must lie between 0 and 100; received {q}.")
    share = q / 100 if isinstance(q, (int, float)) else arithmetic.divide(q, 100.0)
    return quantile(x, share, axis, method, keepdims)


def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle value, or the mean of the two middle ones.

    Example:
        >>> float(median([1.0, 9.0, 2.0]))
        2.0
    """
    return quantile(x, 0.5, axis, "linear", keepdims)
