"""Penalties on weights or activations, added to the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kcore import arguments, components, ops
from kcore.errors import ConfigurationError, ShapeError
from kcore.typing import Tensor

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]


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
        l1: the factor, 0 or more, default 0.01; `l` is its name in earlier Keras.

    Raises:
        ConfigurationError: if it is negative or no number.
    """

    def __init__(self, l1: float | None = 0.01, **legacy: Any) -> None:
        self.l1 = _factor_or_l(l1, "l1", legacy)

    def __call__(self, x: Tensor) -> Tensor:
        return self.l1 * ops.sum(ops.absolute(x))


class L2(Regularizer):
    """l2 * sum(x squared).

    Args:
        l2: the factor, 0 or more, default 0.01; `l` is its name in earlier Keras.

    Raises:
        ConfigurationError: if it is negative or no number.
    """

    def __init__(self, l2: float | None = 0.01, **legacy: Any) -> None:
        self.l2 = _factor_or_l(l2, "l2", legacy)

    def __call__(self, x: Tensor) -> Tensor:
        return self.l2 * ops.sum(ops.square(x))


_MODES = ("rows", "columns")


class OrthogonalRegularizer(Regularizer):
    """factor * mean(|cosine|) over the pairs of rows, or of columns, of a matrix.

    Args:
        factor: 0 or more, default 0.01.
        mode: "rows" or "columns": which shall be at right angles.

    Raises:
        ConfigurationError: if an argument is out of range.
        ShapeError: when called, if the tensor is no matrix.

    Example:
        >>> round(float(OrthogonalRegularizer(1.0)([[3.0, 0.0], [1.0, 1.0]])), 4)
        0.7071
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor(factor, "factor")
        self.mode = arguments.choice(mode, "mode", "OrthogonalRegularizer", _MODES)

    def __call__(self, x: Tensor) -> Tensor:
        x = ops.convert_to_tensor(x)
        shape = ops.shape(x)
        if len(shape) != 2:
            raise ShapeError(
                f"OrthogonalRegularizer compares the rows or columns of a matrix; received a "
                f"tensor of shape {shape}."
            )
        rows = x if self.mode == "rows" else ops.transpose(x)
        unit = rows * ops.rsqrt(ops.maximum(ops.sum(ops.square(rows), -1, keepdims=True), 1e-12))
        cosines = ops.absolute(ops.matmul(unit, ops.transpose(unit)))
        count = ops.shape(unit)[0]
        apart = ops.sum(cosines * (1.0 - ops.eye(count, dtype=cosines.dtype.name)))
        return 0.5 * self.factor * apart / max(1.0, count * (count - 1) / 2)


def _factor(value: Any, name: str) -> float:
    return arguments.number(value, name, "Regularizer", 0)


def _factor_or_l(value: Any, name: str, legacy: dict[str, Any]) -> float:
    """The factor, also under the name `l` that it had before."""
    given = dict(legacy)
    value = given.pop("l", value)
    if given:
        raise ConfigurationError(
            f"Regularizer {name}: unknown argument {next(iter(given))!r}; it takes {name!r} (or "
            "'l')."
        )
    return _factor(0.01 if value is None else value, name)


@components.factory
def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """L1L2 with the default factors of earlier Keras, 0.01 each."""
    return L1L2(l1, l2)


# the names of earlier Keras
l1, l2, orthogonal_regularizer = L1, L2, OrthogonalRegularizer


def get(identifier: Any) -> Any:
    """The regularizer for a name, an object, a function or saved data; None for None."""
    return components.get("regularizer", identifier, "regularizer")


def serialize(regularizer: Regularizer) -> Any:
    """The saved form of a regularizer."""
    return components.to_data(regularizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The regularizer that `serialize` described.

    Args:
        config: its name or saved form.
        custom_objects: further classes and functions by name, for this call.
    """
    return components.get_with("regularizer", config, custom_objects)
