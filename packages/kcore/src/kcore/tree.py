"""Nested lists, tuples and dicts of values: take apart, change, put together.

A leaf is anything that is no list, tuple or dict. None is a leaf. Dicts are visited in the order of
their sorted keys, so that two dicts with the same keys always match. Below the functions that this
package itself uses stand those that Keras users know, under their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kcore.errors import ConfigurationError
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


def is_nested(structure: Any) -> bool:
    """Whether a value is a list, tuple or dict.

    Example:
        >>> is_nested((1,)), is_nested("text")
        (True, False)
    """
    return isinstance(structure, (list, tuple, dict))


def map_structure(func: Callable[..., Any], *structures: Tree, none_is_leaf: bool = True) -> Tree:
    """A tree of the form of the first with the function of the leaves of all at each place.

    Args:
        func: takes one leaf of each tree.
        *structures: trees of one form.
        none_is_leaf: False keeps None as it is.

    Raises:
        ConfigurationError: if there is no tree, or their forms differ.

    Example:
        >>> map_structure(lambda a: 2 * a, {"x": [1, 2]})
        {'x': [2, 4]}
    """
    if not structures:
        raise ConfigurationError("map_structure needs at least one structure.")
    for other in structures[1:]:
        assert_same_structure(structures[0], other)

    def apply(*leaves: Any) -> Any:
        return None if leaves[0] is None and not none_is_leaf else func(*leaves)

    return map_leaves(apply, *structures)


def pack_sequence_as(structure: Tree, flat_sequence: Any) -> Tree:
    """A tree of the form of `structure` with the leaves of a flat sequence.

    Raises:
        ConfigurationError: if the number of leaves differs.

    Example:
        >>> pack_sequence_as([0, (0,)], [1, 2])
        [1, (2,)]
    """
    leaves, places = list(flat_sequence), len(flatten(structure))
    if len(leaves) != places:
        raise ConfigurationError(
            f"pack_sequence_as: the structure has {places} leaves; flat_sequence has {len(leaves)}."
        )
    packed = pack_like(structure, leaves)
    return _in_order_of(structure, packed)


def _in_order_of(like: Tree, tree: Tree) -> Tree:
    """Dicts with their keys in the order of another tree."""
    if isinstance(like, dict):
        return {key: _in_order_of(like[key], tree[key]) for key in like}
    if isinstance(like, (list, tuple)):
        return _rebuild(like, [_in_order_of(a, b) for a, b in zip(like, tree, strict=True)])
    return tree


def assert_same_structure(a: Tree, b: Tree, check_types: bool | None = None) -> None:
    """Does nothing if two trees have the same lists, tuples and keys.

    Args:
        a: a tree.
        b: another.
        check_types: accepted for compatibility; lists and tuples are always different.

    Raises:
        ConfigurationError: if their forms differ; says where.

    Example:
        >>> assert_same_structure({"x": 1}, {"x": 2})
    """
    _compare(a, b, ())


def _compare(a: Tree, b: Tree, path: tuple[Any, ...]) -> None:
    where = "at the top" if not path else f"at {list(path)}"
    if not is_nested(a) and not is_nested(b):
        return
    if type(a) is not type(b):
        kinds = type(a).__name__, type(b).__name__
        raise ConfigurationError(f"Two structures differ {where}: {kinds[0]} and {kinds[1]}.")
    if isinstance(a, dict):
        if a.keys() != b.keys():
            raise ConfigurationError(
                f"Two structures differ {where}: keys {sorted(a)} and {sorted(b)}."
            )
        pairs = [(key, a[key], b[key]) for key in a]
    else:
        if len(a) != len(b):
            raise ConfigurationError(f"Two structures differ {where}: {len(a)} and {len(b)} items.")
        pairs = [(i, *both) for i, both in enumerate(zip(a, b, strict=True))]
    for key, left, right in pairs:
        _compare(left, right, (*path, key))


class MAP_TO_NONE:  # noqa: N801 - the name that Keras users know
    """What the function of `traverse` gives to put None in a place: None itself changes nothing."""


def traverse(func: Callable[[Any], Any], structure: Tree, top_down: bool = True) -> Tree:
    """A tree in which every part for which a function gives something is replaced by that.

    Args:
        func: of every list, tuple, dict and leaf; None leaves it as it is, `MAP_TO_NONE` puts None.
        structure: the tree.
        top_down: whether a part is seen before what it holds; what replaces a part is then not
            looked into.

    Example:
        >>> traverse(lambda x: len(x) if isinstance(x, tuple) else None, [1, (2, 3)])
        [1, 2]
    """
    if top_down:
        found = func(structure)
        if found is not None:
            return None if found is MAP_TO_NONE else found
    if isinstance(structure, dict):
        keys = sorted(structure)
        parts = {key: traverse(func, structure[key], top_down) for key in keys}
        structure = {key: parts[key] for key in structure}
    elif isinstance(structure, (list, tuple)):
        structure = _rebuild(structure, [traverse(func, item, top_down) for item in structure])
    if not top_down:
        found = func(structure)
        if found is not None:
            return None if found is MAP_TO_NONE else found
    return structure


def map_shape_structure(func: Callable[[Any], Any], structure: Tree) -> Tree:
    """The function of every shape in a tree of shapes.

    Example:
        >>> map_shape_structure(len, {"x": (None, 3), "y": [(4,)]})
        {'x': 2, 'y': [1]}
    """

    def apply(part: Any) -> Any:
        sizes = isinstance(part, (list, tuple))
        if sizes and all(size is None or isinstance(size, int) for size in part):
            found = func(tuple(part))
            return MAP_TO_NONE if found is None else found
        return None

    return traverse(apply, structure)


def flatten_with_path(structure: Tree) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves of a tree with the keys and numbers that lead to them.

    Example:
        >>> flatten_with_path({"x": [1, 2]})
        [(('x', 0), 1), (('x', 1), 2)]
    """
    if isinstance(structure, dict):
        parts: list[tuple[Any, Any]] = [(key, structure[key]) for key in sorted(structure)]
    elif isinstance(structure, (list, tuple)):
        parts = list(enumerate(structure))
    else:
        return [((), structure)]
    return [((key, *path), leaf) for key, part in parts for path, leaf in flatten_with_path(part)]


def lists_to_tuples(structure: Tree) -> Tree:
    """A tree with tuples in place of lists."""
    return traverse(lambda part: tuple(part) if isinstance(part, list) else None, structure, False)
