"""The calls in a model's configuration, from the forms of every generation of Keras.

    Keras 2    a call is a list of [layer, call, output, named arguments]
    Keras 3    a call is {"args": [...], "kwargs": {...}}, in which a tensor has "keras_history"

A model inside another has made its own graph before it is called: Keras 2 counts this as its call
number 0, Keras 3 does so among the inputs and outputs of the whole model only. In what leaves here
the first call is number 0 everywhere.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kcore.saving import forms
from kcore.saving.reading import at, entry_place
from kcore.typing import Config

# arguments of recurrent layers that it gives as inputs, and names all the same
_STATES = ("initial_state", "constants")


def starts_with_own_call(operation: Any) -> bool:
    """Whether Keras counts the making of a layer's graph as a call, among inputs and outputs."""
    graph = getattr(operation, "_function", None) is not None
    return graph and getattr(operation, "keras_module", "").endswith(".functional")


def calls_of(config: Config) -> tuple[Config, dict[str, list[Config]]]:
    """The configuration, and the calls of every layer in the form of Keras 3."""
    config = _counted_from_zero(config)
    names = {forms.name_of(e) for e in config["layers"]}
    calls: dict[str, list[Config]] = {}
    for index, entry in enumerate(config["layers"]):
        with at(entry_place, index, entry), at("inbound_nodes"):
            calls[forms.name_of(entry)] = [
                _call_of(n, names) for n in entry.get("inbound_nodes", [])
            ]
    return config, calls


def _counted_from_zero(config: Config) -> Config:
    """The configuration with calls of models counted from 0.

    Every call in a graph is needed by another one or for an output, so the numbers that are used
    tell how they were counted.
    """
    models = [entry for entry in config["layers"] if _is_model(entry)]
    if not models:
        return config
    config = copy.deepcopy(config)
    nodes = [entry.get("inbound_nodes") for entry in config["layers"]]
    inner = list(_places(nodes))
    outer = list(_places([config["input_layers"], config["output_layers"]]))
    for entry in models:
        name, count = forms.name_of(entry), len(entry.get("inbound_nodes", []))
        own = [place for place in inner if place[0] == name]
        ends = [place for place in outer if place[0] == name]
        early, late = _first_call(own, ends, count, entry["class_name"] == "Sequential")
        for places, first in ((own, early), (ends, late)):
            for place in places:
                place[1] -= first
    return config


def _first_call(own: list[Any], ends: list[Any], count: int, sequential: bool) -> tuple[int, int]:
    """The number of a model's first call among the arguments of calls, and among the ends."""
    inside, outside = {place[1] for place in own}, {place[1] for place in ends}
    ways = [(0, 0), (1, 1)] if sequential else [(0, 1), (1, 1), (0, 0)]
    for early, late in ways:
        used = {number - early for number in inside} | {number - late for number in outside}
        if used == set(range(count)):
            return early, late
    # calls that nothing needs: files of ours hold each call of a model twice
    if count in inside:
        return 1, 1
    return (0, 0) if sequential or 0 in outside else (0, 1)


def _is_model(entry: Config) -> bool:
    config = entry.get("config")
    return isinstance(config, list) or (isinstance(config, dict) and "layers" in config)


def _places(value: Any) -> Iterator[list[Any]]:
    """Every list that begins like (layer, number of its call, number of the output)."""
    if isinstance(value, dict):
        value = list(value.values())
    if forms.is_place(value):
        yield value
        value = value[3:]
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _places(item)


def _call_of(node: Any, names: set[str]) -> Config:
    """A recorded call in the form of Keras 3; Keras 2 wrote the place of each tensor."""
    if isinstance(node, dict) and "args" in node:
        return node
    first = next(forms.places(node))
    kwargs = dict(first[3]) if len(first) > 3 else {}
    kwargs = {k: v for k, v in kwargs.items() if k not in _STATES or v is not None}
    tensors = _arguments(node)
    single = isinstance(tensors, list) and len(tensors) == 1
    return {"args": tensors if single else [tensors], "kwargs": _tensors_in(kwargs, names)}


def _arguments(value: Any) -> Any:
    """Lists and dicts of places of tensors in the form of Keras 3; a bare place as it is."""
    if isinstance(value, dict):
        return {key: _arguments(item) for key, item in value.items()}
    if value and isinstance(value[0], str):
        return _argument(value)
    return [_arguments(item) for item in value]


def _argument(place: Any) -> Any:
    return place[2] if place[0] == forms.CONSTANT else _tensor(place)


def _tensor(place: Any) -> Config:
    return {"class_name": forms.TENSOR, "config": {"keras_history": list(place[:3])}}


def _tensors_in(value: Any, names: set[str]) -> Any:
    """Named arguments of a call of Keras 2, in which a tensor is a bare place."""
    if isinstance(value, dict):
        return {key: _tensors_in(item, names) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) == 3 and forms.is_place(value) and value[0] in names:
        return _tensor(value)
    return [_tensors_in(item, names) for item in value]
