"""Reductions: many numbers along some axes become one, or their running total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config
from kcore.errors import ConfigurationError
from kcore.ops import arrays
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

Axis = int | Sequence[int] | None

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "moments",
    "prod",
    "std",
    "sum",
    "var",
]


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
def max(x: Tensor, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Tensor:
    """The largest element, at least `initial`. Over `axis`, over all axes if None."""
    largest = backend.math.reduction("max", x, axis, keepdims, config.floatx())
    return largest if initial is None else _limited("maximum", largest, initial)


@operation(rules.reduction_real)
def mean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean. Over `axis`, over all axes if None."""
    return backend.math.reduction("mean", x, axis, keepdims, config.floatx())


@operation(rules.reduction)
def min(x: Tensor, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Tensor:
    """The smallest element, at most `initial`. Over `axis`, over all axes if None."""
    smallest = backend.math.reduction("min", x, axis, keepdims, config.floatx())
    return smallest if initial is None else _limited("minimum", smallest, initial)


def _limited(name: str, x: Tensor, limit: Any) -> Tensor:
    bound = backend.tensor.cast(backend.tensor.convert(limit), backend.tensor.dtype_of(x))
    return backend.math.binary(name, x, bound, config.floatx())


@operation(rules.total)
def prod(x: Tensor, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """The product. Over `axis`, over all axes if None; computed in `dtype` if given."""
    return backend.math.reduction("prod", _in(x, dtype), axis, keepdims, config.floatx())


@operation(rules.total)
def sum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum. Over `axis`, over all axes if None."""
    return backend.math.reduction("sum", x, axis, keepdims, config.floatx())


@operation(rules.reduction_real)
def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean squared distance from the mean."""
    return backend.math.variance(x, axis, keepdims, config.floatx())


@operation(rules.reduction_real)
def std(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The square root of the variance."""
    return backend.math.elementwise("sqrt", var(x, axis, keepdims), config.floatx())


@operation(rules.moments)
def moments(
    x: Tensor, axes: Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Tensor, Tensor]:
    """Mean and variance over the axes, computed in float32 for 16-bit values.

    Args:
        x: of any shape.
        axes: over which the moments are taken.
        keepdims: whether the axes stay with size 1.
        synchronized: must be False: this release computes on one device.
    """
    if synchronized:
        raise ConfigurationError("moments: synchronized=True needs several devices; use False.")
    return backend.math.moments(backend.tensor.convert(x), axes, keepdims)


@operation(rules.running)
def cumsum(x: Tensor, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running sums along the axis, of the flattened tensor if None; in `dtype` if given."""
    return backend.math.cumulative("cumsum", _in(x, dtype), axis)


@operation(rules.running)
def cumprod(x: Tensor, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running products along the axis, of the flattened tensor if None; in `dtype` if given."""
    return backend.math.cumulative("cumprod", _in(x, dtype), axis)


def _in(x: Any, dtype: Any) -> Any:
    """The value in another dtype; as it is if None."""
    return x if dtype is None else arrays.cast(x, dtype)


@operation(rules.arg_reduction)
def argmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the largest element is, int32; in the flattened tensor if axis is None."""
    return _kept(backend.math.argmax(x, axis), x, axis, keepdims)


@operation(rules.arg_reduction)
def argmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the smallest element is, int32; in the flattened tensor if axis is None."""
    return _kept(backend.math.argmin(x, axis), x, axis, keepdims)


def _kept(index: Tensor, x: Any, axis: int | None, keepdims: bool) -> Tensor:
    if not keepdims:
        return index
    if axis is not None:
        return backend.math.expand_dims(index, axis)
    return backend.math.reshape(index, [1] * len(rules.spec(x)[0]))
