"""Projections applied to a weight after each update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kcore import arguments, components, config, ops
from kcore.errors import ConfigurationError
from kcore.typing import Tensor

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]


class Constraint(components.Configurable):
    """Base of constraints: called with a weight's value, gives the nearest allowed one."""

    component_kind: ClassVar[str] = "constraint"

    def __call__(self, w: Tensor) -> Tensor:
        raise ConfigurationError(f"{type(self).__name__} has no method `__call__`; write one.")


class MaxNorm(Constraint):
    """Vectors along `axis` longer than `max_value` are shortened to it (Srivastava et al., 2014).

    Args:
        max_value: largest length, 0 or more, default 2.
        axis: axis or axes of a vector, default 0: the inputs of a Dense kernel's unit. A kernel of
            Conv2D needs [0, 1, 2].

    Raises:
        ConfigurationError: if max_value is negative.

    Example:
        >>> [round(float(v), 4) for v in MaxNorm(1.0)([3.0, 4.0])]
        [0.6, 0.8]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = arguments.number(max_value, "max_value", "MaxNorm", 0)
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        length = ops.norm(w, axis=self.axis, keepdims=True)
        return ops.multiply(w, ops.clip(length, 0, self.max_value) / (config.epsilon() + length))


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
        return ops.divide(w, config.epsilon() + ops.norm(w, axis=self.axis, keepdims=True))


class MinMaxNorm(Constraint):
    """Lengths of vectors along `axis` are moved towards the range from `min_value` to `max_value`.

    Args:
        min_value: smallest length, default 0.
        max_value: largest length, default 1.
        rate: how far each update moves, 0 to 1; 1 moves all the way.
        axis: axis or axes of a vector, default 0.

    Raises:
        ConfigurationError: if an argument is out of range.
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        owner = "MinMaxNorm"
        self.min_value = arguments.number(min_value, "min_value", owner, 0)
        self.max_value = arguments.number(max_value, "max_value", owner, 0)
        self.rate = arguments.number(rate, "rate", owner, 0, 1)
        if min_value > max_value:
            raise ConfigurationError(
                f"MinMaxNorm: min_value must not exceed max_value; received {min_value!r} and "
                f"{max_value!r}."
            )
        self.axis = axis

    def __call__(self, w: Tensor) -> Tensor:
        length = ops.norm(w, axis=self.axis, keepdims=True)
        wanted = ops.clip(length, self.min_value, self.max_value)
        target = self.rate * wanted + (1 - self.rate) * length
        return ops.multiply(w, target / (config.epsilon() + length))


# the names of earlier Keras
max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm


def get(identifier: Any) -> Any:
    """The constraint for a name, an object, a function or saved data; None for None."""
    return components.get("constraint", identifier, "constraint")


def serialize(constraint: Constraint) -> Any:
    """The saved form of a constraint."""
    return components.to_data(constraint)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The constraint that `serialize` described.

    Args:
        config: its name or saved form.
        custom_objects: further classes and functions by name, for this call.
    """
    return components.get_with("constraint", config, custom_objects)
