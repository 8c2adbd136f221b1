"""Subject: a component under test."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from kcore import components
from kcore.errors import ConfigurationError
from kcore.testing.check import NotApplicableError, fail


class Subject:
    """A component under test.

    Args:
        make: makes it, a new one at each call.

    Attributes:
        kind: of the component, as in a plugin's table.
        base: the class whose arguments the component need not explain again.
        name: of the component's class.
    """

    kind: ClassVar[str] = ""
    base: ClassVar[type] = object

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.name = type(make()).__name__

    def need(self, condition: bool, why: str) -> None:
        """Ends the check, which has no meaning here, unless the condition holds."""
        if not condition:
            raise NotApplicableError(why)


STORE = "Store every constructor argument on self under its own name, or write get_config."


def plain_config(subject: Subject, thing: Any) -> str:
    """The configuration as JSON; ConformanceError if it holds what JSON cannot."""
    try:
        return json.dumps(thing.get_config(), sort_keys=True)
    except TypeError as error:
        fail(f"{subject.name}.get_config() holds what JSON cannot: {error}. {STORE}")
        raise


def paired(y_true: Any, y_pred: Any, owner: str) -> tuple[Any, Any]:
    """Targets and predictions as arrays.

    Raises:
        ConfigurationError: if there are fewer than 4 samples, or not as many on both sides.
    """
    true, pred = np.asarray(y_true), np.asarray(y_pred)
    if true.dtype == "float64":
        true = true.astype("float32")
    if pred.dtype == "float64":
        pred = pred.astype("float32")
    if not (true.ndim and pred.ndim and len(true) == len(pred) >= 4):
        raise ConfigurationError(
            f"{owner} needs y_true and y_pred of the same 4 samples or more, batch first; received "
            f"the shapes {true.shape} and {pred.shape}."
        )
    return true, pred


def expect_explained(cls: type, subject: Subject) -> None:
    """Raises ConformanceError unless a docstring names every constructor argument of its own."""
    constructor = next(c for c in cls.__mro__ if "__init__" in vars(c))
    text = f"{inspect.getdoc(cls)} {inspect.getdoc(constructor)}"
    shared = components.constructor_arguments(subject.base)
    own = [a for a in components.constructor_arguments(cls) if a not in shared]
    silent = [a for a in own if a not in text]
    if silent:
        fail(f"The docstring of {subject.name} does not explain {silent}.")
