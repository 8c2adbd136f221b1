"""`.h5`: architecture, weights, compile arguments and optimizer in one HDF5 file, in Keras' layout.

    /                   attributes: keras_version, backend, model_config, training_config,
    kcore_manifest /model_weights      attribute layer_names; one group a layer with attribute
    weight_names /optimizer_weights  attribute weight_names

Keras 2 and 3 and viewers read these files. Reading takes nothing but numbers and text: hard links
to plain data sets, whose shapes are compared with the model's before any array is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kcore.components import object_data
from kcore.errors import LoadError
from kcore.saving import manifest
from kcore.saving.atomic import replacing
from kcore.saving.formats.keras2 import as_keras2, without_none
from kcore.saving.loading import compile_config, compile_from, model_from_config

# the newest layout of this kind of file, which Keras wrote until it had formats of its own
_KERAS_VERSION = "3.0.0"
# HDF5 keeps at most 64 KiB in one attribute; longer lists go on in name0, name1 ...
_ATTRIBUTE_BYTES = 64512

Assignment = tuple[Any, Any]


class KerasH5:
    """Reads and writes `.h5` files.

    Example:
        >>> KerasH5().suffixes
        ('h5', 'hdf5')
    """

    suffixes = ("h5", "hdf5")

    def save(self, model: Any, path: Path, overwrite: bool, include_optimizer: bool = True) -> None:
        """Writes a whole model."""
        config = object_data(model, model.get_config())
        settings = model.trainer.settings
        training = compile_config(settings) if settings is not None and include_optimizer else None
        with replacing(path, overwrite) as temporary, h5py.File(temporary, "w") as file:
            file.attrs["keras_version"] = _KERAS_VERSION
            file.attrs["backend"] = "tensorflow"
            file.attrs["model_config"] = json.dumps(as_keras2(config))
            file.attrs["kcore_manifest"] = json.dumps(manifest.make(config, training))
            _write_layers(file.create_group("model_weights"), model)
            if training is not None:
                file.attrs["training_config"] = json.dumps(without_none(training))
                group = file.create_group("optimizer_weights")
                _write_weights(group, model.optimizer.variables)

    def load(self, path: Path, compile: bool) -> Any:
        """Reads a whole model."""
        with _open(path) as file:
            manifest.check_installed(_json(file, "kcore_manifest", path), path)
            config = _json(file, "model_config", path)
            if config is None:
                raise LoadError(
                    f"{path} holds weights only (attribute model_config is missing). Build the "
                    "model and call model.load_weights."
                )
            model = model_from_config(config, str(path))
            _assign(_read_layers(_group(file, "model_weights", path), model, path))
            training = _json(file, "training_config", path) if compile else None
            if training is not None:
                compile_from(model, training)
                if "optimizer_weights" in file:
                    model.optimizer.build(model.trainable_weights)
                    group = _group(file, "optimizer_weights", path)
                    variables = list(model.optimizer.variables)
                    if len(_read_names(group, "weight_names", path)) == len(variables) - 1:
                        del variables[1]  # Keras 2 kept the learning rate in the configuration only
                    _assign(_read_weights(group, variables, "optimizer", path))
        return model

    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        """Writes weights only."""
        with replacing(path, overwrite) as temporary, h5py.File(temporary, "w") as file:
            _write_layers(file, model)

    def load_weights(self, model: Any, path: Path) -> None:
        """Reads weights; everything is checked before anything is assigned."""
        with _open(path) as file:
            group = _group(file, "model_weights", path) if "model_weights" in file else file
            _assign(_read_layers(group, model, path))


def _open(path: Path) -> Any:
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise LoadError(f"{path} is no HDF5 file, or it is damaged: {error}") from error


def _json(file: Any, name: str, path: Path) -> Any:
    text = file.attrs.get(name)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise LoadError(f"{path}: attribute {name} holds no JSON: {error}") from None


def _legacy_order(layer: Any) -> list[Any]:
    """The order of weights in this kind of file: those that train before the others."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _write_layers(group: Any, model: Any) -> None:
    layers = list(model.layers)
    group.attrs["backend"] = "tensorflow"
    group.attrs["keras_version"] = _KERAS_VERSION
    _write_names(group, "layer_names", [layer.name for layer in layers])
    for layer in layers:
        _write_weights(group.create_group(layer.name), _legacy_order(layer))


def _write_weights(group: Any, variables: Sequence[Any]) -> None:
    names: list[str] = []
    for variable in variables:
        name, number = variable.path, 0
        while name in names:
            number += 1
            name = f"{variable.path}_{number}"
        names.append(name)
        group.create_dataset(name, data=_plain(variable.numpy()))
    _write_names(group, "weight_names", names)


def _plain(array: Any) -> Any:
    """HDF5 has no bfloat16; its values fit into float32."""
    return (
        array.astype("float32")
        if array.dtype.kind == "V" or array.dtype.name == "bfloat16"
        else array
    )


def _write_names(group: Any, name: str, values: list[str]) -> None:
    encoded = np.array([v.encode() for v in values]) if values else np.array([], dtype="S1")
    if encoded.nbytes <= _ATTRIBUTE_BYTES:
        group.attrs[name] = encoded
        return
    for number, part in enumerate(np.array_split(encoded, -(-encoded.nbytes // _ATTRIBUTE_BYTES))):
        group.attrs[f"{name}{number}"] = part


def _read_names(group: Any, name: str, path: Path) -> list[str]:
    parts = [group.attrs[name]] if name in group.attrs else []
    while not parts or f"{name}{len(parts)}" in group.attrs:
        key = f"{name}{len(parts)}"
        if key not in group.attrs:
            raise LoadError(
                f"{path}: {group.name} has no attribute {name}; this is no file of Keras weights."
            )
        parts.append(group.attrs[key])
    return [v.decode() if isinstance(v, bytes) else str(v) for part in parts for v in part]


def _group(parent: Any, name: str, path: Path) -> Any:
    return _member(parent, name, h5py.Group, path)


def _member(parent: Any, name: str, kind: type, path: Path) -> Any:
    """A group or data set reached by hard links only: nothing outside the file is ever opened."""
    found = parent
    for step in name.split("/"):
        link = found.get(step, getlink=True) if isinstance(found, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            what = "is missing" if link is None else f"is a {type(link).__name__}, which is refused"
            raise LoadError(f"{path}: {found.name}/{step} {what}.")
        found = found[step]
    if not isinstance(found, kind):
        raise LoadError(
            f"{path}: {found.name} is a {type(found).__name__}; expected a {kind.__name__}."
        )
    return found


def _read_layers(group: Any, model: Any, path: Path) -> list[Assignment]:
    """Pairs of variable and array: saved layers with weights meet the model's in order."""
    layers = [layer for layer in model.layers if layer.weights]
    names = _read_names(group, "layer_names", path)
    filled = [n for n in names if _read_names(_group(group, n, path), "weight_names", path)]
    if len(filled) != len(layers):
        raise LoadError(
            f"{path} holds weights of {len(filled)} layers ({', '.join(filled[:8])} ...); the "
            f"model {model.name!r} has {len(layers)} with weights "
            f"({', '.join(x.name for x in layers[:8])} ...)."
        )
    pairs: list[Assignment] = []
    for name, layer in zip(filled, layers, strict=True):
        saved = _group(group, name, path)
        pairs += _read_weights(saved, _legacy_order(layer), f"layer {layer.name!r}", path)
    return pairs


def _read_weights(group: Any, variables: Sequence[Any], owner: str, path: Path) -> list[Assignment]:
    names = _read_names(group, "weight_names", path)
    if len(names) != len(variables):
        raise LoadError(
            f"{path}: {group.name} holds {len(names)} weights ({names}); {owner} has "
            f"{len(variables)}: {[v.path for v in variables]}."
        )
    pairs = []
    for name, variable in zip(names, variables, strict=True):
        data = _member(group, name, h5py.Dataset, path)
        if tuple(data.shape) != variable.shape:
            raise LoadError(
                f"{path}: {data.name} has shape {tuple(data.shape)}; weight {variable.path!r} of "
                f"{owner} has shape {variable.shape}."
            )
        if data.dtype.kind not in "fiub" or data.is_virtual or data.external:
            raise LoadError(
                f"{path}: {data.name} is no plain array of numbers (dtype {data.dtype})."
            )
        pairs.append((variable, data))
    return [(variable, data[()]) for variable, data in pairs]


def _assign(pairs: list[Assignment]) -> None:
    for variable, array in pairs:
        variable.assign(array)
