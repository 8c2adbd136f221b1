"""The form of a model's configuration that every generation of Keras reads.

Keras 3 reads what Keras 2 wrote, not the other way round. So `.h5` files hold the older form where
the model has one: every call of a layer takes tensors and plain named arguments only.
"""

from __future__ import annotations

from typing import Any

from kcore.typing import Config

# arguments that Keras 2 lacks, with the values that say what it does anyway
_NEWER: dict[str, Config] = {
    "LSTM": {"seed": None},
    "ZeroPadding1D": {"data_format": "channels_last"},
}


def as_keras2(entry: Config) -> Config:
    """The saved form of a model as Keras 2 would write it; unchanged where Keras 2 could not.

    Args:
        entry: dict with "class_name" and "config".
    """
    config = entry.get("config")
    if not isinstance(config, dict):
        return entry
    if entry["class_name"] == "InputLayer":
        names = {"batch_shape": "batch_input_shape"}
        return {**entry, "config": {names.get(key, key): value for key, value in config.items()}}
    newer = _NEWER.get(entry["class_name"])
    if newer:
        kept = {k: v for k, v in config.items() if k not in newer or newer[k] != v}
        return {**entry, "config": kept}
    if "layers" not in config:
        return entry
    try:
        changed = {**config, "layers": [_layer(layer) for layer in config["layers"]]}
    except _TooNewError:
        return entry
    for key in ("input_layers", "output_layers"):
        places = config.get(key)
        if isinstance(places, list) and places and isinstance(places[0], str):
            changed[key] = [places]
    return {**entry, "config": changed}


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
        return {k: _without_dtype(v) for k, v in kept.items()}
    return [_without_dtype(v) for v in value] if isinstance(value, list) else value


class _TooNewError(Exception):
    """A call has a form that Keras 2 did not have."""


def _layer(entry: Config) -> Config:
    if entry["class_name"] == "Operation":
        raise _TooNewError
    changed = as_keras2(entry)
    if "inbound_nodes" not in entry:
        return changed
    return {**changed, "inbound_nodes": [_call(node) for node in entry["inbound_nodes"]]}


def _call(node: Config) -> list[Any]:
    args, kwargs = node["args"], node["kwargs"]
    if len(args) != 1 or _holds_tensor(kwargs):
        raise _TooNewError
    tensors = args[0] if isinstance(args[0], list) else [args[0]]
    if not all(isinstance(t, dict) and t.get("class_name") == "__keras_tensor__" for t in tensors):
        raise _TooNewError
    return [[*t["config"]["keras_history"], kwargs] for t in tensors]


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, dict):
        inside = any(_holds_tensor(item) for item in value.values())
        return value.get("class_name") == "__keras_tensor__" or inside
    return isinstance(value, list) and any(_holds_tensor(item) for item in value)
