"""Reductions: many numbers along some axes become one, or their running total."""

from __future__ import annotations

from collections.abc import Sequence

from kcore import backend, config
from kcore.ops import math
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
    "norm",
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


@operation(rules.reduction_real)
def norm(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The Euclidean length over `axis`, over all axes if None."""
    return math.sqrt(sum(math.square(x), axis, keepdims))
