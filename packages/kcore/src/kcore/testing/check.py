"""Check: one small thing that must hold, with a name, and a failure told in plain words."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from kcore.errors import ConfigurationError

S = TypeVar("S")


class ConformanceError(AssertionError):
    """What does not hold, what came, and what to do."""


class NotApplicableError(unittest.SkipTest):
    """The check has nothing to say about this component; test runners skip it."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Attributes:
        name: short, with underscores: "config_round_trip".
        says: what holds, in a sentence.
        run: raises ConformanceError if it does not hold, NotApplicableError if it has no meaning
            here.
        known_failure: why it is allowed to fail; None where it must pass.
        subject: makes the component with what it is tried on; None where there is none.

    Example:
        >>> Check("true", "True is true.", lambda: None)()
    """

    name: str
    says: str
    run: Callable[[], None]
    known_failure: str | None = None
    subject: Callable[[], Any] | None = None

    def __call__(self) -> None:
        self.run()


def named_checks(module: Any) -> Iterator[Callable[[Any], None]]:
    """The public functions of a module of checks, in the order in which they are written."""
    for name, function in vars(module).items():
        own = inspect.isfunction(function) and function.__module__ == module.__name__
        if own and not name.startswith("_"):
            yield function


def bind(
    modules: Iterable[Any], subject: Callable[[], S], known_failures: Mapping[str, str] | None
) -> Iterator[Check]:
    """The checks of some modules for one subject.

    Args:
        modules: modules whose public functions take a subject; their docstrings say what holds.
        subject: makes the subject anew for each check.
        known_failures: reasons by the names of checks that may fail.

    Raises:
        ConfigurationError: if a known failure names no check.
    """
    known = dict(known_failures or {})
    for module in modules:
        for function in named_checks(module):
            says = inspect.getdoc(function) or ""

            def run(function: Callable[[S], None] = function) -> None:
                function(subject())

            yield Check(
                function.__name__,
                says.split("\n")[0],
                run,
                known.pop(function.__name__, None),
                subject,
            )
    refuse_unknown(known)


def refuse_unknown(known: Mapping[str, str]) -> None:
    """Raises ConfigurationError if a known failure is left over, as it names no check."""
    if known:
        raise ConfigurationError(
            f"known_failures names checks that do not exist: {', '.join(map(repr, known))}."
        )


def fail(text: str) -> None:
    """Raises ConformanceError."""
    raise ConformanceError(text)


def expect(condition: bool, text: str) -> None:
    """Raises ConformanceError unless the condition holds."""
    if not condition:
        raise ConformanceError(text)
