"""The places of variables in a file: groups named by attributes, as Keras 3 lays them out.

    layers/dense/vars/0                     the first weight of the first Dense of a model
    layers/bidirectional/forward_layer/cell/vars/0
    layers/rnn/cell/cells/gru_cell_1/vars/2  the second GRUCell in a list

Layers inside a model, and any in a list, are named by their class, numbered in order; a layer in an
attribute has the attribute's name, or the one that the class attribute `file_names` gives for it. A
class that was renamed says its first name in the class attribute `file_name`. Attributes come in
the order of their names, those that begin with "_" last; what was met before is passed over. A
subclassed model has an attribute "layers" with all of its layers among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kcore import naming
from kcore.tracking import LEAVES, WeightOwner

Place = tuple[str, Any]


def places(owner: Any, prefix: str = "") -> list[Place]:
    """The path and the variable of every weight of a layer or model, each variable once.

    Args:
        owner: layer or model.
        prefix: what paths begin with.
    """
    once = {id(variable): path for path, variable in reversed(all_places(owner, prefix))}
    return [(path, v) for path, v in all_places(owner, prefix) if once[id(v)] == path]


def all_places(owner: Any, prefix: str = "") -> list[Place]:
    """As `places`, but a variable that several layers own is in the place of each, as in Keras."""
    return list(_places(owner, prefix, set()))


def owners(owner: Any, prefix: str = "", seen: set[int] | None = None) -> Iterator[Place]:
    """The path and the layer of a model and of everything below it, each once."""
    seen = set() if seen is None else seen
    if id(owner) in seen:
        return
    seen.add(id(owner))
    yield prefix, owner
    for name, child in _children(owner):
        yield from owners(child, f"{prefix}{name}/", seen)


def _places(owner: Any, path: str, owners: set[int]) -> Iterator[Place]:
    if id(owner) in owners:  # a shared layer is kept where it was met first
        return
    owners.add(id(owner))
    own = sorted(owner._own_variables(), key=lambda v: not v.trainable)
    for number, variable in enumerate(own):
        yield f"{path}vars/{number}", variable
    for name, child in _children(owner):
        yield from _places(child, f"{path}{name}/", owners)


def _children(owner: Any) -> Iterator[tuple[str, Any]]:
    layers: Any = getattr(owner, "layers", None)
    listed = isinstance(layers, list) and all(isinstance(item, WeightOwner) for item in layers)
    if listed and getattr(owner, "is_graph", False):
        yield from _numbered("layers", layers)
        return
    renamed = getattr(type(owner), "file_names", {})
    attributes = {**vars(owner), "layers": layers} if listed else vars(owner)
    holding = {n: v for n, v in attributes.items() if type(v) not in LEAVES and _layers_in(v)}
    for name in sorted(holding, key=lambda n: (n.startswith("_"), n)):
        value = holding[name]
        if isinstance(value, WeightOwner):
            yield renamed.get(name, name), value
        else:
            yield from _numbered(name, _layers_in(value))


def _layers_in(value: Any) -> list[Any]:
    """What is a layer, of an attribute's value or of the items of one that holds several."""
    if isinstance(value, WeightOwner):
        return [value]
    if not isinstance(value, (list, tuple, dict)):
        return []
    inside = value.values() if isinstance(value, dict) else value
    return [item for item in inside if isinstance(item, WeightOwner)]


def by_layers(owner: Any) -> list[Place]:
    """The places of a subclassed model in files of 0.1.0: its layers as if it were a graph."""
    met: set[int] = {id(owner)}
    places = [(f"vars/{n}", v) for n, v in enumerate(owner._own_variables())]
    for name, layer in _numbered("layers", owner.layers):
        places += _places(layer, f"{name}/", met)
    return places


def by_last_place(owner: Any) -> list[Place]:
    """The places of a subclassed model in files of tf_keras: each layer where it was met last."""
    met: set[int] = {id(owner)}
    places = [(f"vars/{n}", v) for n, v in enumerate(owner._own_variables())]
    for name, child in reversed(list(_children(owner))):
        places += _places(child, f"{name}/", met)
    return places


def metric_names(owner: Any) -> tuple[str, ...]:
    """The attributes of a model that are metrics: Keras keeps what they have counted."""
    return tuple(
        name
        for name, value in vars(owner).items()
        if hasattr(value, "update_state") and not isinstance(value, WeightOwner)
    )


def _numbered(container: str, items: list[Any]) -> Iterator[tuple[str, Any]]:
    counts: dict[str, int] = {}
    for item in items:
        name = vars(type(item)).get("file_name") or naming.snake_case(type(item).__name__)
        number = counts.get(name, 0)
        counts[name] = number + 1
        yield f"{container}/{name}_{number}" if number else f"{container}/{name}", item
