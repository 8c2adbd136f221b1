"""Optimizers: how gradients change weights."""

from __future__ import annotations

from typing import Any

from kcore import components
from kcore.optimizers import schedules
from kcore.optimizers.adam import Adam
from kcore.optimizers.base import Optimizer
from kcore.optimizers.rmsprop import RMSprop
from kcore.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize"]


def get(identifier: Any) -> Any:
    """The optimizer for a name, an object or saved data.

    Example:
        >>> get("adam").name
        'adam'
    """
    return components.get("optimizer", identifier, "optimizer")


def serialize(optimizer: Optimizer) -> Any:
    """The saved form of an optimizer."""
    return components.to_data(optimizer)


deserialize = get
