"""Optimizers: how gradients change weights."""

from __future__ import annotations

from typing import Any

from kcore import components
from kcore.optimizers import schedules
from kcore.optimizers.adadelta import Adadelta
from kcore.optimizers.adafactor import Adafactor
from kcore.optimizers.adagrad import Adagrad
from kcore.optimizers.adam import Adam, AdamW
from kcore.optimizers.adamax import Adamax
from kcore.optimizers.arguments import ParameterGroup
from kcore.optimizers.base import Optimizer
from kcore.optimizers.ftrl import Ftrl
from kcore.optimizers.lamb import Lamb
from kcore.optimizers.lion import Lion
from kcore.optimizers.loss_scale import LossScaleOptimizer
from kcore.optimizers.muon import Muon
from kcore.optimizers.nadam import Nadam
from kcore.optimizers.rmsprop import RMSprop
from kcore.optimizers.sgd import SGD
from kcore.optimizers.tf_optimizer import TFOptimizer

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "ParameterGroup",
    "RMSprop",
    "TFOptimizer",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]


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
