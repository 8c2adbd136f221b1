"""Nested lists, tuples and dicts of values: take apart, change, put together.

A leaf is anything that is no list, tuple or dict. None is a leaf. Dicts are visited in the order of
their sorted keys, so that two dicts with the same keys always match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kcore.typing import Tree


def flatten(tree: Tree) -> list[Any]:
    """The leaves of a tree, from left to right.

    Example:
        >>> flatten({"b": [1, 2], "a": (3,)})
        [3, 1, 2]
    """
    leaves: list[Any] = []
    _collect(tree, leaves)
    return leaves


def _collect(tree: Tree, leaves: list[Any]) -> None:
    if isinstance(tree, dict):
        for key in sorted(tree):
            _collect(tree[key], leaves)
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            _collect(item, leaves)
    else:
        leaves.append(tree)


def map_leaves(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """A tree of the same form with the function of the leaves of all trees at each place.

    Example:
        >>> map_leaves(lambda a, b: a + b, [1, (2,)], [10, (20,)])
        [11, (22,)]
    """
    if isinstance(tree, dict):
        return {key: map_leaves(function, tree[key], *(o[key] for o in others)) for key in tree}
    if isinstance(tree, (list, tuple)):
        items = [map_leaves(function, *parts) for parts in zip(tree, *others, strict=True)]
        return _rebuild(tree, items)
    return function(tree, *others)


def pack_like(tree: Tree, leaves: list[Any]) -> Tree:
    """A tree of the form of `tree` that holds `leaves`, given in the order of `flatten`.

    Example:
        >>> pack_like({"b": 0, "a": (0,)}, [1, 2])
        {'a': (1,), 'b': 2}
    """
    return _pack(tree, iter(leaves))


def _pack(tree: Tree, leaves: Iterator[Any]) -> Tree:
    if isinstance(tree, dict):
        return {key: _pack(tree[key], leaves) for key in sorted(tree)}
    if isinstance(tree, (list, tuple)):
        return _rebuild(tree, [_pack(item, leaves) for item in tree])
    return next(leaves)


def _rebuild(like: Any, items: list[Any]) -> Any:
    if hasattr(like, "_fields"):  # a named tuple takes its fields one by one
        return type(like)(*items)
    return items if isinstance(like, list) else tuple(items)
