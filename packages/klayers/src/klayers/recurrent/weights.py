"""What every recurrent cell stores and makes: its parts, its three weights, its dropout masks."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations, constraints, initializers, ops, random, regularizers
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor

_GETTERS = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


def store_parts(owner: Layer, **parts: Any) -> None:
    """Resolves activations, initializers, regularizers and constraints, and keeps each.

    Args:
        owner: gets an attribute for each part.
        **parts: what the user gave; the last word of the name says what it is.
    """
    for name, value in parts.items():
        setattr(owner, name, _GETTERS[name.rpartition("_")[2]](value))


def check_share(value: Any, owner: Layer, name: str) -> float:
    """A share of features to drop.

    Raises:
        ConfigurationError: if it is no number from 0, below 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise ConfigurationError(
            f"{type(owner).__name__}: {name} must be from 0, below 1; received {value!r}."
        )
    return value


def add_recurrent_weights(
    cell: Any, kernel: Shape, recurrent: Shape, bias: Shape, bias_initializer: Any
) -> None:
    """Makes kernel, recurrent_kernel and, if `use_bias`, bias of the given shapes."""
    cell.kernel = cell.add_weight(
        kernel,
        cell.kernel_initializer,
        regularizer=cell.kernel_regularizer,
        constraint=cell.kernel_constraint,
        name="kernel",
    )
    cell.recurrent_kernel = cell.add_weight(
        recurrent,
        cell.recurrent_initializer,
        regularizer=cell.recurrent_regularizer,
        constraint=cell.recurrent_constraint,
        name="recurrent_kernel",
    )
    cell.bias = None
    if cell.use_bias:
        cell.bias = cell.add_weight(
            bias,
            bias_initializer,
            regularizer=cell.bias_regularizer,
            constraint=cell.bias_constraint,
            name="bias",
        )


def ones_for_forget(initializer: Any, units: int) -> Any:
    """First values of a bias (4 * units,): the initializer's, ones for the forget gate."""

    def first(shape: Shape, dtype: str) -> Tensor:
        parts = [
            initializer((units,), dtype),
            ops.ones((units,), dtype),
            initializer((2 * units,), dtype),
        ]
        return ops.concatenate(parts, 0)

    return first


def draw_masks(
    cell: Any, like: Tensor, rate: float, count: int, training: bool
) -> list[Tensor] | None:
    """Dropout masks shaped like one step's tensor, or None where nothing is dropped."""
    if not training or not rate:
        return None
    ones = ops.ones_like(like)
    return [random.dropout(ones, rate, seed=cell.seed_generator) for _ in range(count)]
