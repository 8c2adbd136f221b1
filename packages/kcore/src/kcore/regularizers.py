"""Penalties on weights or activations, added to the loss."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore import components, ops
from kcore.errors import ConfigurationError
from kcore.typing import Tensor


class Regularizer(components.Configurable):
    """Base of regularizers: called with a tensor, gives a scalar."""

    component_kind: ClassVar[str] = "regularizer"

    def __call__(self, x: Tensor) -> Tensor:
        raise ConfigurationError(f"{type(self).__name__} has no method `__call__`; write one.")


class L1L2(Regularizer):
    """l1 * sum(|x|) + l2 * sum(x squared).

    Args:
        l1: factor of the absolute values, default 0.
        l2: factor of the squares, default 0.

    Example:
        >>> float(L1L2(l1=1.0, l2=0.5)([1.0, -2.0]))
        5.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _factor(0.0 if l1 is None else l1, "l1")
        self.l2 = _factor(0.0 if l2 is None else l2, "l2")

    def __call__(self, x: Tensor) -> Tensor:
        parts = []
        if self.l1:
            parts.append(self.l1 * ops.sum(ops.absolute(x)))
        if self.l2:
            parts.append(self.l2 * ops.sum(ops.square(x)))
        return sum(parts[1:], parts[0]) if parts else ops.sum(x) * 0


class L1(Regularizer):
    """l1 * sum(|x|).

    Args:
        l1: the factor, default 0.01.
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _factor(0.01 if l1 is None else l1, "l1")

    def __call__(self, x: Tensor) -> Tensor:
        return self.l1 * ops.sum(ops.absolute(x))


class L2(Regularizer):
    """l2 * sum(x squared).

    Args:
        l2: the factor, default 0.01.
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _factor(0.01 if l2 is None else l2, "l2")

    def __call__(self, x: Tensor) -> Tensor:
        return self.l2 * ops.sum(ops.square(x))


def _factor(value: Any, name: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value >= 0:
        raise ConfigurationError(
            f"Regularizer factor {name} must be a number of at least 0: {value!r}."
        )
    return float(value)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """L1L2 with the default factors of earlier Keras, 0.01 each."""
    return L1L2(l1, l2)


l1, l2 = L1, L2


def get(identifier: Any) -> Any:
    """The regularizer for a name, an object, a function or saved data; None for None."""
    return components.get("regularizer", identifier, "regularizer")


def serialize(regularizer: Regularizer) -> Any:
    """The saved form of a regularizer."""
    return components.to_data(regularizer)


deserialize = get
