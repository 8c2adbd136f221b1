"""Names for classes and functions of the user's own, under the names that Keras users know.

All of it is a view on the catalogue, where such objects are found under every kind.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar

from kcore.errors import ConfigurationError
from kcore.plugins import custom
from kcore.plugins.catalogue import catalogue

T = TypeVar("T")


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Decorator: makes a class or function findable in files until the process ends.

    Args:
        package: first half of the identity, default "Custom"; no name of an installed package.
        name: second half, the object's own name if None.

    Returns:
        The decorator, which gives the object back unchanged.

    Raises:
        ConfigurationError: if a class has no get_config, or the names cannot be an identity.

    Example:
        >>> @register_keras_serializable(package="mylab")
        ... def doubled(x):
        ...     return 2 * x
        >>> catalogue().identity_of(doubled)
        'mylab/doubled'
    """

    def register(thing: T) -> T:
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ConfigurationError(
                f"register_keras_serializable: the class {thing.__name__} has no method "
                "`get_config`, so no file could hold it. Write one that returns the constructor's "
                "arguments."
            )
        short = name if name is not None else str(getattr(thing, "__name__", ""))
        catalogue().register(custom.ANY_KIND, short, thing, package)
        return thing

    return register


class CustomObjectScope:
    """Makes classes and functions findable by name inside a `with` block.

    Args:
        *custom_objects: dicts from name to class or function; later ones come first.

    Raises:
        ConfigurationError: if one is no dict.

    Example:
        >>> with CustomObjectScope({"doubled": lambda x: 2 * x}):
        ...     catalogue().load("activation", "doubled")(4)
        8
    """

    def __init__(self, *custom_objects: Mapping[str, Any]) -> None:
        self.objects: dict[str, Any] = {}
        for entry in custom_objects:
            if not isinstance(entry, Mapping):
                raise ConfigurationError(
                    "CustomObjectScope expects dicts from name to class or function; received "
                    f"{entry!r} ({type(entry).__name__})."
                )
            self.objects.update(entry)
        self._open: list[contextlib.AbstractContextManager[None]] = []

    def __enter__(self) -> CustomObjectScope:
        scope = catalogue().scope(self.objects)
        scope.__enter__()
        self._open.append(scope)
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.pop().__exit__(*error)


class _CustomObjects(MutableMapping[str, Any]):
    """The registered objects as a dict: `Name` for those without a package, else `package>Name`."""

    def __getitem__(self, key: str) -> Any:
        return self._all()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        package, name = _parts(key)
        catalogue().register(custom.ANY_KIND, name, value, package)

    def __delitem__(self, key: str) -> None:
        self._all()[key]  # a KeyError if it is not there, as for any dict
        package, name = _parts(key)
        catalogue().unregister(custom.ANY_KIND, name, package)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    @staticmethod
    def _all() -> dict[str, Any]:
        return {
            c.name if c.plugin == custom.PACKAGE else f"{c.plugin}>{c.name}": c.value
            for c in catalogue().components(custom.ANY_KIND)
        }


def _parts(key: str) -> tuple[str, str]:
    package, _, name = key.rpartition(">")
    return package or custom.PACKAGE, name


_objects = _CustomObjects()


def get_custom_objects() -> MutableMapping[str, Any]:
    """The objects that were registered in this process, by name; changing it registers and forgets.

    Returns:
        A live dict: `Name` for objects without a package, `package>Name` for others.

    Example:
        >>> get_custom_objects()["halved"] = lambda x: x / 2
        >>> catalogue().load("activation", "halved")(4)
        2.0
        >>> del get_custom_objects()["halved"]
    """
    return _objects


def get_registered_name(obj: Any) -> str:
    """The name under which a class or function was registered; its own name if it was not.

    Args:
        obj: a class or function.

    Example:
        >>> get_registered_name(len)
        'len'
    """
    for key, value in _objects.items():
        if value is obj:
            return key
    return str(getattr(obj, "__name__", type(obj).__name__))


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The class or function with a name, or None.

    Args:
        name: `Name` or `package>Name`.
        custom_objects: looked through behind the open scopes and the registered objects.
        module_objects: looked through last.

    Example:
        >>> get_registered_object("twice", {"twice": len}) is len
        True
    """
    registered = dict(_objects)
    bare = name.removeprefix(f"{custom.PACKAGE}>")
    for place in (custom.in_scope(), registered, custom_objects or {}, module_objects or {}):
        for key in (name, bare):
            if key in place:
                return place[key]
    return None
