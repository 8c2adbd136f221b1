"""`.keras`: architecture, weights, compile arguments and optimizer in one archive, as Keras 3's.

    metadata.json       versions
    config.json         architecture, compile arguments
    model.weights.h5    weights by their place in the model, and the optimizer's state
    kcore.json          manifest, and checksums of the texts; zip itself has one of each member, and
                        the archive's comment has one of what is in no member

Keras 3 opens what it has the layers of; it does not look at kcore.json.
"""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py

from kcore import shapes
from kcore.components import object_data
from kcore.errors import LoadError
from kcore.graph import remembered
from kcore.saving import archive, assignments, forms, hdf5, manifest, plain, seal, tree
from kcore.saving.archive_writer import ArchiveWriter
from kcore.saving.assignments import Assignment
from kcore.saving.atomic import replacing
from kcore.saving.formats import (
    keras2_optimizer,
    keras3_optimizer,
    summaries,
    vocabularies,
    weights_h5,
)
from kcore.saving.formats.keras2 import as_keras3
from kcore.saving.hdf5_writer import Hdf5Writer, space_for
from kcore.saving.loading import (
    compile_config,
    compile_from,
    known_compile_config,
    model_from_config,
)
from kcore.saving.matching import STRICT, LoadReport, Matching
from kcore.saving.reading import at
from kcore.saving.upgrade import generation, upgrade
from kcore.typing import Config

_KERAS_VERSION = "3.0.0"
_WEIGHTS, _CONFIG, _METADATA, _OURS = (
    "model.weights.h5",
    "config.json",
    "metadata.json",
    "kcore.json",
)


class KerasZip:
    """Reads and writes `.keras` files.

    Example:
        >>> KerasZip().suffixes
        ('keras',)
    """

    suffixes = ("keras",)

    def save(self, model: Any, path: Path, overwrite: bool, include_optimizer: bool = True) -> None:
        """Writes a whole model."""
        config = _config_of(model, include_optimizer)
        texts = {
            _METADATA: json.dumps(
                {"keras_version": _KERAS_VERSION, "kcore_version": metadata.version("kcore")}
            ).encode(),
            _CONFIG: json.dumps(config).encode(),
        }
        ours = {
            "manifest": manifest.make(config),
            "optimizer_order": "keras",
            "sha256": {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()},
        }
        compiled = "compile_config" in config
        state = [*model.weights, *(model.optimizer.variables if compiled else ())]
        space = space_for(state)
        with replacing(path, overwrite, space) as temporary, ArchiveWriter(temporary) as members:
            for name, text in texts.items():
                members.add(name, text)
            members.add(_OURS, json.dumps(ours).encode())
            with members.section(_WEIGHTS) as section, Hdf5Writer(section, len(state)) as writer:
                weights_h5.write(writer, tree.all_places(model))
                weights_h5.write_beside(writer, model)
                if compiled:
                    _write_optimizer(writer, model.optimizer)

    def load(self, path: Path, compile: bool) -> Any:
        """Reads a whole model."""
        with archive.Archive(path) as members:
            ours = own_part(members, path)
            manifest.check_installed(ours.get("manifest"), str(path), f"{path}: {_OURS}: manifest")
            place, unwanted = f"{path}: {_WEIGHTS}", () if compile else ("optimizer",)
            with hdf5.reading(_weights(members, place), place, True, unwanted) as source:
                config, version = self._configuration(members, ours, path)
                taken = summaries.from_archive(config, members, _WEIGHTS)
                model = _model_from(config, f"{path}: {_CONFIG}")
                named = compile and _compile(model, config, f"{path}: {_CONFIG}")
                early = bool(ours) and "optimizer_order" not in ours
                pairs = weights_h5.plan_model(source.root, model, place, taken=taken)
                if named and hdf5.has(source.root, "optimizer"):
                    root = hdf5.group(source.root, "optimizer", place)
                    pairs += _plan_optimizer(root, model, early, generation(version), place)
                pairs = assignments.read_all(pairs, source, place)
        assignments.assign(pairs)
        return model

    def _configuration(
        self, members: archive.Archive, ours: Config, path: Path
    ) -> tuple[Config, Any]:
        """The configuration with the meanings of today, and the version of Keras that wrote it."""
        place = f"{path}: {_CONFIG}"
        config = plain.parse(members.read(_CONFIG), place)
        version = self._version(members, path)
        config = upgrade(config, version, place)
        config = manifest.upgraded(config, ours.get("manifest"), place)
        return vocabularies.completed(config, members, _WEIGHTS), version

    def _version(self, members: archive.Archive, path: Path) -> Any:
        """The version of Keras that wrote the archive."""
        if _METADATA not in members.names():
            return _KERAS_VERSION
        place = f"{path}: {_METADATA}"
        found = plain.parse(members.read(_METADATA), place)
        version = found.get("keras_version") if isinstance(found, dict) else None
        with at(f"{place}: keras_version"):
            forms.check_version(version)
        return version

    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        """Refused in favour of the formats that are made for it."""
        raise LoadError(
            f"{path}: weights alone are kept in files that end in .weights.h5 or .safetensors. "
            "Call save for the whole model, or choose another name."
        )

    def load_weights(self, model: Any, path: Path, matching: Matching = STRICT) -> LoadReport:
        """Reads the weights of a whole model into another of the same architecture."""
        place = f"{path}: {_WEIGHTS}"
        with archive.Archive(path) as members:
            own_part(members, path)
            part, unwanted = _weights(members, place), weights_h5.NOT_WEIGHTS
            with hdf5.reading(part, place, matching.exact, unwanted) as source:
                return weights_h5.load(source, model, place, matching)


def own_part(members: archive.Archive, path: Path) -> Config:
    """Our own part of the archive, its checksums compared; empty in a file of Keras.

    Raises:
        LoadError: if the archive is damaged.
    """
    if _OURS not in members.names() and not members.sealed:
        return {}
    members.check_structure()
    ours: Config = plain.parse(members.read(_OURS), f"{path}: {_OURS}")
    with at(f"{path}: {_OURS}"):
        forms.check_ours(ours)
    for name, expected in ours["sha256"].items():
        found = hashlib.sha256(members.read(name)).hexdigest()
        if found != expected:
            raise LoadError(
                f"{path}: member {name!r} is damaged: its SHA-256 is {found}, it was written "
                f"with {expected}."
            )
    return ours


def _weights(members: archive.Archive, place: str) -> Any:
    """The member that holds the weights; a seal spares the checksum of the archive."""
    return members.open(_WEIGHTS, lambda span: seal.find(span, place))


def _config_of(model: Any, include_optimizer: bool) -> Config:
    config: Config = as_keras3(object_data(model, model.get_config()))
    if getattr(model, "_build_shapes", None) is not None:
        config["build_config"] = {"input_shape": model._build_shapes}
    settings = model.trainer.settings
    if settings is not None and include_optimizer:
        training = compile_config(settings)
        training["optimizer"] = training.pop("optimizer_config")
        config["compile_config"] = training
    return config


def _model_from(config: Any, place: str) -> Any:
    model = model_from_config(config, place)
    with at(place), at("build_config"):
        shape = forms.build_shape(config.get("build_config"))
        if not model.built and shape is not None:
            with remembered.results():
                model.build(shapes.as_tuples(shape))
    return model


def _compile(model: Any, config: Config, place: str) -> bool:
    """Compiles a model if its configuration says so; whether an optimizer is named there."""
    place, given = f"{place}: compile_config", config.get("compile_config")
    training = known_compile_config(given, place)
    if training.get("optimizer_config") is None:
        return False
    compile_from(model, training, place)
    return bool({"optimizer", "optimizer_config"} & set(given or ()))


def _write_optimizer(writer: Hdf5Writer, optimizer: Any) -> None:
    for number, entry in enumerate(keras3_optimizer.entries(optimizer)):
        writer.array(writer.file, f"optimizer/vars/{number}", entry.value())
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:  # Keras has them in both places
        for number, entry in enumerate(keras3_optimizer.entries(inner)):
            writer.array(writer.file, f"optimizer/inner_optimizer/vars/{number}", entry.value())


def _was_built(arrays: Any, place: str) -> bool:
    """Whether more is stored than the steps done and the learning rate: training had begun."""
    if hdf5.has(arrays, "2") or not hdf5.has(arrays, "1"):
        return hdf5.has(arrays, "2")
    return tuple(hdf5.member(arrays, "1", h5py.Dataset, place).shape or ()) != ()


def _plan_optimizer(
    root: Any, model: Any, early: bool, version: tuple[int, ...], place: str
) -> list[Assignment]:
    """Pairs for the optimizer; `early` files, of 0.1.0, have the order of its variables."""
    optimizer, trained = model.optimizer, model.trainable_weights
    arrays = hdf5.group(root, "vars", place)
    old = version < (3,) and hasattr(optimizer, "slots_needed")
    if early or (old and not _was_built(arrays, place)):
        if _was_built(arrays, place):
            optimizer.build(trained)
        places = [(f"vars/{i}", v) for i, v in enumerate(optimizer.variables)]
        if not hdf5.has(arrays, "1"):  # tf_keras keeps the learning rate in the configuration
            places = places[:1]
        return weights_h5.plan(root, places, "the optimizer", place)
    names = weights_h5.datasets(arrays, "", place, ())
    names.sort(key=lambda name: (len(name), name))
    if old:
        optimizer.build(trained)
        return keras2_optimizer.plan(arrays, names, optimizer, trained, place)
    if len(names) > len(keras3_optimizer.entries(optimizer)):  # training had begun
        optimizer.build(trained)
    return keras3_optimizer.plan(arrays, names, optimizer, place)
