"""Projections applied to a weight after each update."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore import components, config, ops
from kcore.errors import ConfigurationError
from kcore.typing import Tensor


class Constraint(components.Configurable):
    """Base of constraints: called with a weight's value, gives the nearest allowed one."""

    component_kind: ClassVar[str] = "constraint"

    def __call__(self, w: Tensor) -> Tensor:
        raise ConfigurationError(f"{type(self).__name__} has no method `__call__`; write one.")


class MaxNorm(Constraint):
    """Vectors along `axis` longer than `max_value` are shortened to it (Srivastava et al., 2014).

    Args:
        max_value: largest length, default 2.
        axis: axis or axes of a vector, default 0: the inputs of a Dense kernel's unit.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        length = ops.norm(w, self.axis, keepdims=True)
        return w * (ops.clip(length, 0, self.max_value) / (config.epsilon() + length))


class NonNeg(Constraint):
    """Negative values become zero."""

    def __call__(self, w: Tensor) -> Tensor:
        return ops.relu(w)


class UnitNorm(Constraint):
    """Vectors along `axis` get length 1.

    Args:
        axis: axis or axes of a vector, default 0.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        return w / (config.epsilon() + ops.norm(w, self.axis, keepdims=True))


class MinMaxNorm(Constraint):
    """Lengths of vectors along `axis` are moved towards the range from `min_value` to `max_value`.

    Args:
        min_value: smallest length, default 0.
        max_value: largest length, default 1.
        rate: how far each update moves, 1 moves all the way.
        axis: axis or axes of a vector, default 0.
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        length = ops.norm(w, self.axis, keepdims=True)
        wanted = ops.clip(length, self.min_value, self.max_value)
        target = self.rate * wanted + (1 - self.rate) * length
        return w * (target / (config.epsilon() + length))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm


def get(identifier: Any) -> Any:
    """The constraint for a name, an object, a function or saved data; None for None."""
    return components.get("constraint", identifier, "constraint")


def serialize(constraint: Constraint) -> Any:
    """The saved form of a constraint."""
    return components.to_data(constraint)


deserialize = get
