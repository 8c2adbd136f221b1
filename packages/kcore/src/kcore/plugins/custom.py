"""Components that user code registers in this process, without a package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from kcore.errors import ConfigurationError
from kcore.plugins.records import OURS, Component

ANY_KIND = "*"
"""The kind of objects that were registered without one: they are found under every kind."""

PACKAGE = "custom"

_scope: ContextVar[Mapping[str, object]] = ContextVar(
    "kcore_custom_scope", default=MappingProxyType({})
)


@contextmanager
def scope(objects: Mapping[str, object]) -> Iterator[None]:
    """Makes objects findable under every kind inside a `with` block, also as `custom/Name`.

    Other threads and tasks do not see them. Inside the block these names come before all others.

    Args:
        objects: classes or functions by name.

    Example:
        >>> with scope({"Twice": object}):
        ...     scoped("layer", "Twice").identity
        'custom/Twice'
    """
    token = _scope.set({**_scope.get(), **objects})
    try:
        yield
    finally:
        _scope.reset(token)


def scoped(kind: str, name: str) -> Component | None:
    """The component that the innermost `scope` gives this name, or None."""
    objects = _scope.get()
    short = name.removeprefix(f"{PACKAGE}/")
    return component(kind, short, objects[short]) if short in objects else None


def in_scope() -> Mapping[str, object]:
    """The objects of all open scopes of this thread or task, by name."""
    return _scope.get()


def component(kind: str, name: str, value: object, package: str = PACKAGE) -> Component:
    """A component that holds its object.

    Raises:
        ConfigurationError: if the name is no name, or the package is one of ours.

    Example:
        >>> component("layer", "Twice", object, package="mylab").identity
        'mylab/Twice'
    """
    if not name or not package or "/" in name + package:
        raise ConfigurationError(
            f"A component is registered under a package and a name without '/'; received "
            f"{package!r} and {name!r}."
        )
    if package in OURS:
        raise ConfigurationError(
            f"The {kind} {name!r} cannot be registered for the package {package!r}: that name "
            "belongs to the installed "
            f"package. Leave out `package`, or choose another."
        )
    return Component(kind, name, package, where(value), value=value)


def where(value: object) -> str:
    """Where something is defined: "module:qualified_name", or the name of a module.

    Example:
        >>> from fractions import Fraction
        >>> where(Fraction(1, 2))
        'fractions:Fraction'
    """
    if not hasattr(value, "__module__"):
        return str(getattr(value, "__name__", ""))
    if not hasattr(value, "__qualname__"):
        value = type(value)
    return f"{value.__module__}:{value.__qualname__}"
