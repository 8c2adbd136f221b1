"""The form of a model's configuration that every generation of Keras reads.

Keras 3 reads what Keras 2 wrote, not the other way round. So `.h5` files hold the older form where
the model has one: every call of a layer takes tensors and plain named arguments only.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kcore.saving.forms import TENSOR
from kcore.typing import Config

_LAST: Config = {"data_format": "channels_last"}
# arguments that Keras 2 lacks, with the values that say what it does anyway
_NEWER: dict[str, Config] = {
    "CenterCrop": _LAST,
    "IntegerLookup": {"oov_method": "floormod", "salt": None, "dtype": "float32"},
    "RandomBrightness": _LAST,
    "RandomContrast": {"data_format": "channels_last", "value_range": [0.0, 255.0]},
    "RandomCrop": _LAST,
    "RandomFlip": _LAST,
    "RandomRotation": _LAST,
    "RandomTranslation": _LAST,
    "RandomZoom": _LAST,
    "Resizing": {
        "antialias": False,
        "data_format": "channels_last",
        "fill_mode": "constant",
        "fill_value": 0.0,
        "pad_to_aspect_ratio": False,
    },
    "StringLookup": {"salt": None, "dtype": "float32"},
    "TextVectorization": {"dtype": "float32"},
    "ZeroPadding1D": _LAST,
}
# arguments that have another name in Keras 2, by which Keras 3 knows them too
_OLDER = {
    "InputLayer": {"batch_shape": "batch_input_shape"},
    "LeakyReLU": {"negative_slope": "alpha"},
}
_MODELS = ("Functional", "Model", "Sequential")


def as_keras3(entry: Any) -> Any:
    """The saved form of a model without what Keras 3 itself cannot read.

    Its SpatialDropout layers take no argument `trainable`.
    """
    if isinstance(entry, list):
        return [as_keras3(item) for item in entry]
    if not isinstance(entry, dict):
        return entry
    if str(entry.get("class_name")).startswith("SpatialDropout") and "config" in entry:
        kept = {k: v for k, v in entry["config"].items() if k != "trainable" or v is not True}
        return {**entry, "config": kept}
    return {key: as_keras3(value) for key, value in entry.items()}


def as_keras2(entry: Config) -> Config:
    """The saved form of a model as Keras 2 would write it, as far as Keras 3 reads that.

    A call that takes tensors as further arguments stays in the form of Keras 3, which cannot read
    the older form of it.

    Args:
        entry: dict with "class_name" and "config".
    """
    config = entry.get("config")
    if not isinstance(config, dict):
        return entry
    name = entry["class_name"]
    newer = {"seed": None, **_NEWER.get(name, {})}
    older = _OLDER.get(name, {})
    kept = {older.get(k, k): v for k, v in config.items() if k not in newer or newer[k] != v}
    if name == "Discretization" and kept.get("bin_boundaries") is not None:
        kept.pop("num_bins", None)  # learnt boundaries say it, and only one may be given
    if "layers" in config:
        twice = _nested(config["layers"])
        kept["layers"] = [_layer(layer, twice) for layer in config["layers"]]
        for key in ("input_layers", "output_layers"):
            if key in config:
                kept[key] = _moved(config[key], twice, _functional(config["layers"]))
    elif "layer" in config and isinstance(config["layer"], dict):
        kept["layer"] = as_keras2(config["layer"])
    registered = str(entry.get("registered_name"))
    if ">" in registered:  # the whole name of a class of the user's own
        return {**entry, "class_name": registered, "config": kept}
    return {**entry, "config": kept}


def _nested(layers: list[Config]) -> set[str]:
    """The names of the models among layers.

    Keras 2 counts their calls from 1 and Keras 3 from 0; each call is written twice, so that the
    odd places are right for both.
    """
    return {str(e.get("name")) for e in layers if e["class_name"] in _MODELS}


def _functional(layers: list[Config]) -> set[str]:
    """The names of those whose calls Keras 3 counts from 1 where a whole model ends."""
    return {str(e.get("name")) for e in layers if e["class_name"] in _MODELS[:2]}


def _moved(places: Any, twice: set[str], from_one: Collection[str] = ()) -> Any:
    if isinstance(places, dict):
        return {key: _moved(item, twice, from_one) for key, item in places.items()}
    if isinstance(places, list) and len(places) == 3 and isinstance(places[0], str):
        name, call, output = places
        first = 1 if name in from_one else 0
        return [name, 2 * (call - first) + 1 if name in twice else call, output]
    return [_moved(item, twice, from_one) for item in places]


def without_defaults(training: Config) -> Config:
    """What compile was given, without arguments of the optimizer that ask for nothing.

    Keras 2 takes fewer of them.
    """
    optimizer = training["optimizer_config"]
    given = {key: value for key, value in optimizer["config"].items() if value is not None}
    if not given.get("use_ema", True):
        given = {
            key: value for key, value in given.items() if not key.startswith(("use_ema", "ema_"))
        }
    rest = {key: _without_dtype(value) for key, value in training.items()}
    return {**rest, "optimizer_config": {**optimizer, "config": given}}


def _without_dtype(value: Any) -> Any:
    """Losses and metrics whose dtype is the usual one, without saying so."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k != "dtype" or v is not None}
        if value.get("class_name") == "SparseCategoricalCrossentropy" and "config" in kept:
            usual = {"axis": -1}  # which only metrics of Keras 2 may name
            own = {k: v for k, v in kept["config"].items() if usual.get(k, ...) != v}
            kept["config"] = own
        return {k: _without_dtype(v) for k, v in kept.items()}
    return [_without_dtype(v) for v in value] if isinstance(value, list) else value


def _layer(entry: Config, twice: set[str]) -> Config:
    changed = entry if _is_operation(entry) else as_keras2(entry)
    if "inbound_nodes" not in entry:
        return changed
    repeat = 2 if entry.get("name") in twice else 1
    calls = [call for node in entry["inbound_nodes"] for call in [_call(node, twice)] * repeat]
    return {**changed, "inbound_nodes": calls}


def _is_operation(entry: Config) -> bool:
    return entry["class_name"] == "Operation" or str(entry["module"]).startswith("keras.src.ops.")


def _call(node: Config, twice: set[str]) -> Any:
    args, kwargs = node["args"], node["kwargs"]
    tensors = args[0] if args and isinstance(args[0], list) else args[:1]
    simple = all(isinstance(t, dict) and t.get("class_name") == TENSOR for t in tensors)
    if len(args) != 1 or not tensors or not simple or _holds_tensor(kwargs):
        return _in_new_form(node, twice)
    return [[*_moved(t["config"]["keras_history"], twice), kwargs] for t in tensors]


def _in_new_form(value: Any, twice: set[str]) -> Any:
    if isinstance(value, list):
        return [_in_new_form(item, twice) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == TENSOR:
        place = _moved(value["config"]["keras_history"], twice)
        return {**value, "config": {**value["config"], "keras_history": place}}
    return {key: _in_new_form(item, twice) for key, item in value.items()}


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, dict):
        inside = any(_holds_tensor(item) for item in value.values())
        return value.get("class_name") == TENSOR or inside
    return isinstance(value, list) and any(_holds_tensor(item) for item in value)
