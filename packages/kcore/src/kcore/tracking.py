"""What belongs to an object: the weights, layers and seeds found in its attributes.

Attributes are looked through when somebody asks, in the order in which they were first set, lists,
tuples and dicts included. Nothing is recorded at assignment, so a list that grows later is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

T = TypeVar("T")

# attributes that refer to others without owning them
_REFERENCES = frozenset({"_legacy_weights"})


def find(owner: Any, cls: type[T]) -> list[T]:
    """The objects of a class in the owner's attributes, each once, in order.

    Args:
        owner: whose attributes to look through; found objects are not looked into.
        cls: what to find.
    """
    found: dict[int, T] = {}
    for name, value in vars(owner).items():
        if name not in _REFERENCES:
            for item in _search(value, cls):
                found.setdefault(id(item), item)
    return list(found.values())


def _search(value: Any, cls: type[T]) -> Iterator[T]:
    if isinstance(value, cls):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _search(item, cls)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _search(item, cls)
