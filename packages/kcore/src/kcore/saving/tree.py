"""The places of variables in a file: groups named by attributes, as Keras 3 lays them out.

    layers/dense/vars/0                     the first weight of the first Dense of a model
    layers/bidirectional/forward_layer/cell/vars/0
    layers/rnn/cell/cells/gru_cell_1/vars/2  the second GRUCell in a list

Layers inside a model, and any in a list, are named by their class, numbered in order; a layer in an
attribute has the attribute's name, or the one that the class attribute `file_names` gives for it. A
class that was renamed says its first name in the class attribute `file_name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kcore import naming
from kcore.tracking import WeightOwner

Place = tuple[str, Any]


def places(owner: Any, prefix: str = "") -> list[Place]:
    """The path and the variable of every weight of a layer or model, each variable once.

    Args:
        owner: layer or model.
        prefix: what paths begin with.
    """
    seen: set[int] = set()
    return list(_places(owner, prefix, seen, set()))


def owners(owner: Any, prefix: str = "", seen: set[int] | None = None) -> Iterator[Place]:
    """The path and the layer of a model and of everything below it, each once."""
    seen = set() if seen is None else seen
    if id(owner) in seen:
        return
    seen.add(id(owner))
    yield prefix, owner
    for name, child in _children(owner):
        yield from owners(child, f"{prefix}{name}/", seen)


def _places(owner: Any, path: str, variables: set[int], owners: set[int]) -> Iterator[Place]:
    if id(owner) in owners:  # a shared layer is kept where it was met first
        return
    owners.add(id(owner))
    own = sorted(owner._own_variables(), key=lambda v: not v.trainable)
    for number, variable in enumerate(own):
        if id(variable) not in variables:
            variables.add(id(variable))
            yield f"{path}vars/{number}", variable
    for name, child in _children(owner):
        yield from _places(child, f"{path}{name}/", variables, owners)


def _children(owner: Any) -> Iterator[tuple[str, Any]]:
    layers = getattr(owner, "layers", None)
    if isinstance(layers, list) and all(isinstance(item, WeightOwner) for item in layers):
        yield from _numbered("layers", layers)
        return
    renamed = getattr(type(owner), "file_names", {})
    for name, value in vars(owner).items():
        if isinstance(value, WeightOwner):
            yield renamed.get(name, name), value
        elif isinstance(value, (list, tuple)):
            items = [item for item in value if isinstance(item, WeightOwner)]
            yield from _numbered(name, items)
        elif isinstance(value, dict):
            items = [item for item in value.values() if isinstance(item, WeightOwner)]
            yield from _numbered(name, items)


def _numbered(container: str, items: list[Any]) -> Iterator[tuple[str, Any]]:
    counts: dict[str, int] = {}
    for item in items:
        name = vars(type(item)).get("file_name") or naming.snake_case(type(item).__name__)
        number = counts.get(name, 0)
        counts[name] = number + 1
        yield f"{container}/{name}_{number}" if number else f"{container}/{name}", item
