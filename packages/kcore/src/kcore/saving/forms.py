"""The form of what a model is saved as, checked before anything is made of it.

Every reader of files, `from_config` and `deserialize` come through here: a level of layers is
checked as a whole, with all its calls in the form of any generation of Keras, before its first
layer is made. Errors name the entry, say what was expected and what came; the file and the place of
the model in it are put in front of them by who knows them (`reading.at`).

What a single component is made of is checked in `components.from_data`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from kcore.errors import LoadError, nearest, shown
from kcore.saving.reading import at, entry_place
from kcore.typing import Config

_PLACE = (
    "the name of a layer, the number of its call and that of its output, both whole numbers from 0"
)
_VERSION = re.compile(r"[0-9]+\.[0-9]+[0-9A-Za-z.+-]*")
# where Keras 2 has a value in the place of a tensor
CONSTANT = "_CONSTANT_VALUE"
# what takes the place of something else among the arguments of a call
TENSOR, _SLICE, _TUPLE = "__keras_tensor__", "__slice__", "__tuple__"
_ARRAYS = ("__numpy__", "__tensor__")


def _refuse(expected: str, value: Any) -> NoReturn:
    raise LoadError(f"expected {expected}; received {shown(value)}.")


def check_model(entry: Any) -> None:
    """Refuses what is no entry of a model or layer.

    Args:
        entry: dict with "class_name" and "config".

    Raises:
        LoadError: says what was expected and what came.
    """
    if not isinstance(entry, dict) or "class_name" not in entry or "config" not in entry:
        _refuse("a dict with 'class_name' and 'config'", entry)
    if not isinstance(entry["class_name"], str):
        with at("class_name"):
            _refuse("the name of a class", entry["class_name"])
    if not isinstance(entry["config"], (dict, list)):
        with at("config"):
            _refuse("a dict of arguments", entry["config"])


def check_layers(layers: Any) -> None:
    """Refuses what is no list of layers' entries.

    Args:
        layers: entries, each a dict with "class_name" and "config".

    Raises:
        LoadError: names the entry, says what was expected and what came.
    """
    with at("layers"):
        if not isinstance(layers, list):
            _refuse("a list with one entry for each layer", layers)
    for index, entry in enumerate(layers):
        with at(entry_place, index, entry):
            check_model(entry)


def check_graph(config: Config) -> None:
    """Refuses a graph of layers that has not the form of one, in any generation of Keras.

    Args:
        config: with "layers", "input_layers" and "output_layers".

    Raises:
        LoadError: names the entry and the call, says what was expected and what came.
    """
    layers = config.get("layers")
    check_layers(layers)
    names: set[str] = set()
    for index, entry in enumerate(layers or ()):
        with at(entry_place, index, entry):
            name = name_of(entry)
            if name in names:
                raise LoadError(f"the name {name!r} is used twice; every layer has its own.")
            names.add(name)
    for index, entry in enumerate(layers or ()):
        with at(entry_place, index, entry):
            _check_calls(entry.get("inbound_nodes", []), names)
    for key in ("input_layers", "output_layers"):
        with at(key):
            _check_ends(config.get(key))
            for place in places(config.get(key)):
                _check_place(place, names)


def name_of(entry: Config) -> str:
    """The name of a layer in a graph, which its entry or its configuration has."""
    config = entry["config"]
    name = entry.get("name") or (config.get("name") if isinstance(config, dict) else None)
    if not isinstance(name, str):
        with at("name"):
            _refuse("the name of the layer", name)
    return str(name)


def with_name(entry: Config) -> Config:
    """The entry of a layer in a graph, of which an input that lacks its name has that of the entry.

    Raises:
        LoadError: if the entry and the configuration of the layer have different names.
    """
    config = entry["config"]
    if not isinstance(config, dict) or not isinstance(entry.get("name"), str):
        return entry
    if "name" not in config and entry["class_name"] == "InputLayer":
        return {**entry, "config": {**config, "name": entry["name"]}}
    if config.get("name", entry["name"]) != entry["name"]:
        with at("config"), at("name"):
            _refuse(f"{entry['name']!r}, the name of the entry", config["name"])
    return entry


def places(value: Any) -> Iterator[Any]:
    """The ends of lists and dicts of tensors, each (layer, number of its call, of the output)."""
    if isinstance(value, dict):
        for item in value.values():
            yield from places(item)
    elif isinstance(value, list) and not (value and isinstance(value[0], str)):
        for item in value:
            yield from places(item)
    else:
        yield value


def _check_ends(value: Any) -> None:
    """Refuses lists and dicts without a tensor among the inputs or outputs of a graph."""
    if isinstance(value, (list, dict)) and not value:
        _refuse(f"at least one tensor: {_PLACE}", value)
    if isinstance(value, dict) or (isinstance(value, list) and not isinstance(value[0], str)):
        for item in value.values() if isinstance(value, dict) else value:
            _check_ends(item)


def _check_place(place: Any, names: Collection[str]) -> None:
    if not is_place(place):
        _refuse(_PLACE, place)
    if place[0] not in names:
        near = nearest(place[0][:80], names)
        _refuse(f"the name of a layer of the model{near and f' ({near})'}", place[0])


def is_place(value: Any) -> bool:
    """Whether a list begins like (layer, number of its call, number of the output)."""
    if not isinstance(value, list) or len(value) < 3:
        return False
    name, call, output = value[:3]
    numbered = type(call) is int and type(output) is int and call >= 0 and output >= 0
    return numbered and isinstance(name, str)


def _check_calls(nodes: Any, names: Collection[str]) -> None:
    if not isinstance(nodes, list):
        with at("inbound_nodes"):
            _refuse("a list with one entry for each call of the layer", nodes)
    for number, node in enumerate(nodes):
        with at("inbound_nodes[{}]".format, number):
            if isinstance(node, dict) and ("args" in node or "kwargs" in node):
                _check_call(node, names)
            else:
                _check_old_call(node, names)


def _check_call(node: Config, names: Collection[str]) -> None:
    """A call as Keras 3 writes it."""
    for key, kind, what in (("args", list, "a list"), ("kwargs", dict, "a dict")):
        if not isinstance(node.get(key), kind):
            with at(key):
                _refuse(f"{what} of the call's arguments", node.get(key))
    if not sum(_check_argument(item, names) for item in (*node["args"], *node["kwargs"].values())):
        _refuse("a tensor of the model among the arguments", node)
    _check_named(node["kwargs"])


def _check_named(kwargs: Config) -> None:
    """Refuses values of `training` and `mask` that Python would take for true."""
    if "training" not in kwargs and "mask" not in kwargs:
        return
    training = kwargs.get("training")
    if training is not None and not (isinstance(training, int) and training in (0, 1)):
        with at("training"):
            _refuse("true, false or null", training)
    for leaf in _masks(kwargs.get("mask")):
        if leaf is not None and not isinstance(leaf, bool):
            with at("mask"):
                _refuse("a tensor of the model, an array or null", leaf)


def _masks(value: Any) -> Iterator[Any]:
    """What is no tensor and no array in a mask."""
    array = isinstance(value, dict) and value.get("class_name") in (TENSOR, *_ARRAYS)
    if array or is_place(value):
        return
    if isinstance(value, list):
        for item in value:
            yield from _masks(item)
    else:
        yield value


def _check_argument(value: Any, names: Collection[str]) -> int:
    """Refuses arguments of a call whose form is wrong; gives the number of tensors among them."""
    if not isinstance(value, (list, dict)):
        return 0
    if isinstance(value, list):
        return sum(_check_argument(item, names) for item in value)
    kind, config = value.get("class_name"), value.get("config")
    if kind == TENSOR:
        with at(TENSOR):
            if not isinstance(config, dict):
                _refuse(f"a dict whose 'keras_history' is {_PLACE}", config)
            _check_place(config.get("keras_history"), names)
            with at("shape"):
                check_shape(config.get("shape"))
            with at("dtype"):
                if not isinstance(config.get("dtype", ""), (str, type(None))):
                    _refuse("the name of a dtype", config["dtype"])
        return 1
    if kind == _SLICE:
        named = isinstance(config, dict) and set(config) == {"start", "stop", "step"}
        if not named and not (isinstance(config, list) and len(config) == 3):
            with at(_SLICE):
                _refuse("start, stop and step", config)
    if kind == _TUPLE and not isinstance(value.get("items"), list):
        with at(_TUPLE):
            _refuse("a list of items", value.get("items"))
    return sum(_check_argument(item, names) for item in value.values())


def _check_old_call(node: Any, names: Collection[str]) -> None:
    """A call as Keras 1 and 2 write it: places of tensors, with named arguments behind them."""
    found = list(places(node))
    named = (place[3] for place in found if isinstance(place, list) and len(place) > 3)
    tensors = [place for place in (*found, *_inside(list(named))) if is_place(place)]
    if found and not tensors and all(_is_constant(place) for place in found):
        raise LoadError(
            f"expected at least one tensor of the model; received {shown(node)}, a call without "
            "any. tf_keras leaves the tensors out where another argument comes first, as in "
            "tf.einsum, so the file does not say what is computed: build the model in code and "
            "load its weights."
        )
    if not found:
        _refuse(f"at least one tensor: {_PLACE}", node)
    for place in found:
        if not _is_constant(place):
            _check_place(place, names)
        if len(place) > 3 and not isinstance(place[3], dict):
            _refuse("a dict of named arguments behind the place of a tensor", place[3])
        if len(place) > 3:
            _check_named(place[3])


def _is_constant(place: Any) -> bool:
    return isinstance(place, list) and place[:1] == [CONSTANT]


def _inside(value: Any) -> Iterator[Any]:
    """Every list in lists and dicts, itself included."""
    if isinstance(value, list):
        yield value
    if isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _inside(item)


def check_shape(shape: Any) -> None:
    """Refuses what is neither None nor a shape, or lists and dicts of shapes.

    Raises:
        LoadError: says what was expected and what came.
    """
    if shape is None:
        return
    sizes = shape.values() if isinstance(shape, dict) else shape
    if not isinstance(shape, (dict, list)):
        _refuse("a shape: a list of whole numbers and None", shape)
    for size in sizes:
        if isinstance(size, (dict, list)):
            check_shape(size)
        elif size is not None and (type(size) is not int or size < 0):
            _refuse("a shape: a list of whole numbers and None", shape)


def build_shape(config: Any) -> Any:
    """The shape of the input that a model was built with; None if its data say none.

    Args:
        config: the entry "build_config".

    Raises:
        LoadError: says what was expected and what came.
    """
    if config is not None and not isinstance(config, dict):
        _refuse("a dict with an 'input_shape'", config)
    shape = (config or {}).get("input_shape")
    with at("input_shape"):
        check_shape(shape)
    return shape


# some of what compile is given, by all generations of Keras
_COMPILED = {"optimizer", "optimizer_config", "loss", "loss_weights", "metrics", "weighted_metrics"}


def check_compiled(config: Any) -> None:
    """Refuses what is no dict of what compile was given.

    Raises:
        LoadError: says what was expected and what came.
    """
    if not isinstance(config, dict):
        _refuse("a dict of the arguments of compile", config)
    if config and not _COMPILED & config.keys():
        _refuse("a dict of the arguments of compile, such as 'optimizer' and 'loss'", config)
    with at("loss_weights"):
        _check_weights(config.get("loss_weights"))
    for key in ("loss", "metrics", "weighted_metrics"):
        with at(key):
            _check_named_things(config.get(key))


def _check_weights(value: Any) -> None:
    """Refuses what is no factor of a loss, nor lists and dicts of them by output."""
    if isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            _check_weights(item)
    elif value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        _refuse("a number, or a list or dict of numbers by output", value)


def _check_named_things(value: Any) -> None:
    """Refuses what is no name and no saved form of something, nor lists and dicts of them."""
    if isinstance(value, dict) and "class_name" in value:
        return
    if isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            _check_named_things(item)
    elif value is not None and not isinstance(value, str):
        _refuse("a name, a dict with 'class_name' and 'config', or lists and dicts of these", value)


def check_version(version: Any) -> None:
    """Refuses what is no version of Keras.

    Raises:
        LoadError: says what was expected and what came.

    Example:
        >>> check_version("2.2.4-tf")
    """
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        _refuse("a version such as '3.0.0'", version)


def check_ours(data: Any) -> None:
    """Refuses what is not our own part of an archive: checksums of members, and the manifest.

    What is in the manifest is checked where it is used.

    Raises:
        LoadError: says what was expected and what came.
    """
    if not isinstance(data, dict):
        _refuse("a dict with 'manifest' and 'sha256'", data)
    with at("sha256"):
        sums = data.get("sha256")
        if not isinstance(sums, dict) or not all(isinstance(s, str) for s in sums.values()):
            _refuse("a dict of checksums by the names of members", sums)
