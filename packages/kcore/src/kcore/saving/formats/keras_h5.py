"""`.h5`: architecture, weights, compile arguments and optimizer in one HDF5 file, in Keras' layout.

    /                   attributes: keras_version, backend, model_config, training_config,
    kcore_manifest /model_weights      attribute layer_names; one group a layer with attribute
    weight_names /optimizer_weights  attribute weight_names

Keras 2 and 3 and viewers read these files. Reading takes nothing but numbers and text: hard links
to plain data sets, whose shapes are compared with the model's before any array is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import h5py

from kcore.components import object_data
from kcore.errors import LoadError
from kcore.saving import assignments, forms, hdf5, manifest, plain
from kcore.saving.assignments import Assignment
from kcore.saving.atomic import replacing
from kcore.saving.formats import keras2_optimizer, keras3_optimizer, legacy_weights, summaries
from kcore.saving.formats.keras2 import as_keras2, as_keras3, without_defaults
from kcore.saving.hdf5_writer import Hdf5Writer, space_for
from kcore.saving.loading import compile_config, compile_from, model_from_config
from kcore.saving.matching import STRICT, LoadReport, Matching, check_any
from kcore.saving.reading import at
from kcore.saving.seal import SealedGroup
from kcore.saving.upgrade import generation, upgrade

# the newest layout of this kind of file, which Keras wrote until it had formats of its own
_KERAS_VERSION = "3.0.0"
# old optimizers name a slot behind the weight it belongs to
_SLOT_LAST = re.compile(r"/(m|v|vhat|rms|mg|momentum|accumulator|accum_grad|accum_var|linear):0$")


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
        state = [*model.weights, *(model.optimizer.variables if training is not None else ())]
        with (
            replacing(path, overwrite, space_for(state)) as temporary,
            Hdf5Writer(temporary, len(state)) as writer,
        ):
            file = writer.file
            file.attrs["keras_version"] = _KERAS_VERSION
            file.attrs["backend"] = "tensorflow"
            file.attrs["model_config"] = json.dumps(as_keras2(as_keras3(config)))
            file.attrs["kcore_manifest"] = json.dumps(manifest.make(config, training))
            _write_layers(writer, file.create_group("model_weights"), model)
            if training is not None:
                file.attrs["training_config"] = json.dumps(without_defaults(training))
                group = file.create_group("optimizer_weights")
                _write_weights(writer, group, model.optimizer.variables)

    def load(self, path: Path, compile: bool) -> Any:
        """Reads a whole model."""
        place, unwanted = str(path), () if compile else ("optimizer_weights",)
        with hdf5.reading(path, place, True, unwanted) as source:
            hdf5.check_structure(source, place)
            file = source.file
            made_by = _json(file, "kcore_manifest", place)
            about = f"{place}: attribute kcore_manifest"
            manifest.check_installed(made_by, place, about)
            version = hdf5.text(file, "keras_version", place)
            with at(f"{place}: attribute keras_version"):
                forms.check_version(version or "1.0.0")  # the oldest files say none
            training = _json(file, "training_config", place) if compile else None
            config, training = (
                manifest.upgraded(upgrade(data, version, place), made_by, about)
                for data in (_json(file, "model_config", place), training)
            )
            taken = summaries.from_h5(config, file, place)
            if config is None:
                raise LoadError(
                    f"{path} holds weights only (attribute model_config is missing). Build the "
                    "model and call model.load_weights."
                )
            model = model_from_config(config, f"{place}: attribute model_config")
            if training is not None:
                compile_from(model, training, f"{place}: attribute training_config")
            root = source.root
            group = hdf5.group(root, "model_weights", place)
            pairs = _plan_layers(group, model, place, taken=taken)
            if training is not None and hdf5.has(root, "optimizer_weights"):
                group = hdf5.group(root, "optimizer_weights", place)
                by = None if made_by is not None else generation(version)
                pairs += _plan_optimizer(group, by, model, place)
            pairs = assignments.read_all(pairs, source, place)
        assignments.assign(pairs)
        return model

    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        """Writes weights only."""
        with (
            replacing(path, overwrite, space_for(model.weights)) as temporary,
            Hdf5Writer(temporary, len(model.weights)) as writer,
        ):
            _write_layers(writer, writer.file, model)

    def load_weights(self, model: Any, path: Path, matching: Matching = STRICT) -> LoadReport:
        """Reads weights; everything is checked before anything is assigned."""
        place, report = str(path), LoadReport()
        with hdf5.reading(path, place, matching.exact, ("optimizer_weights",)) as source:
            group = source.root
            if hdf5.has(group, "model_weights"):
                group = hdf5.group(group, "model_weights", place)
            pairs = _plan_layers(group, model, place, matching, report)
            pairs = assignments.read_all(pairs, source, place)
        assignments.assign(pairs)
        return report


def _json(file: Any, name: str, place: str) -> Any:
    text = hdf5.text(file, name, place)
    return None if text is None else plain.parse(text, f"{place}: attribute {name}")


def _legacy_order(layer: Any) -> list[Any]:
    """The order of weights in this kind of file: those that train before the others."""
    first = layer.trainable_weights
    trained = {id(weight) for weight in first}
    return [*first, *(weight for weight in layer.weights if id(weight) not in trained)]


def _write_layers(writer: Hdf5Writer, group: Any, model: Any) -> None:
    layers = list(model.layers)
    group.attrs["backend"] = "tensorflow"
    group.attrs["keras_version"] = _KERAS_VERSION
    writer.names(group, "layer_names", [layer.name for layer in layers])
    for layer in layers:
        _write_weights(writer, group.create_group(layer.name), _legacy_order(layer))


def _write_weights(writer: Hdf5Writer, group: Any, variables: Sequence[Any]) -> None:
    names: dict[str, Any] = {}
    for variable in variables:
        name, number = variable.path, 0
        while name in names:
            number += 1
            name = f"{variable.path}_{number}"
        names[name] = variable
        writer.array(group, name, variable.view())
    writer.names(group, "weight_names", list(names))


def _plan_layers(
    group: Any,
    model: Any,
    place: str,
    matching: Matching = STRICT,
    report: LoadReport | None = None,
    taken: Collection[str] = (),
) -> list[Assignment]:
    """Pairs of variable and data set; layers whose names are `taken` have been read already.

    Saved layers with weights meet the model's in order; by name where the rules say so.
    """
    report = report if report is not None else LoadReport()
    orders = {id(layer): _legacy_order(layer) for layer in model.layers}
    layers = [layer for layer in model.layers if orders[id(layer)]]
    names = [name for name in hdf5.names(group, "layer_names", place) if name not in taken]
    saved = [hdf5.group(group, name, place) for name in names]
    filled = [own for own in saved if hdf5.names(own, "weight_names", place)]
    owner = f"the model {model.name!r}"
    if matching.lenient or matching.rename is not None:
        by_name = {layer.name: layer for layer in layers}
        stored = {own.name.rpartition("/")[2]: own for own in filled}
        found, missing, unexpected = matching.pairs(by_name, stored, owner, place)
        met = [(stored[name], by_name[new]) for new, name in found.items()]
        report.missing = [v.path for name in missing for v in orders[id(by_name[name])]]
        report.unexpected = unexpected
    elif len(filled) != len(layers):
        raise LoadError(
            f"{place}: attribute layer_names of {group.name or '/'} names {len(filled)} layers "
            f"with weights ({', '.join(own.name for own in filled[:8])} ...); {owner} has "
            f"{len(layers)} ({', '.join(x.name for x in layers[:8])} ...). partial=True loads what "
            "fits."
        )
    else:
        met = list(zip(filled, layers, strict=True))
    pairs: list[Assignment] = []
    for own, layer in met:
        pairs += _plan_layer(own, layer, orders[id(layer)], place, matching, report)
    check_any(report, owner, place)
    return pairs


def _plan_layer(
    group: Any,
    layer: Any,
    variables: list[Any],
    place: str,
    matching: Matching,
    report: LoadReport,
) -> list[Assignment]:
    """Pairs for one layer: weights meet by their order."""
    owner = f"layer {layer.name!r}"
    try:
        found = _sources(group, layer, variables, owner, place)
    except assignments.MismatchError as problem:
        matching.passes_over(report, layer.name, problem)
        return []
    pairs = []
    for data, variable in zip(found, variables, strict=True):
        try:
            assignments.check_fits(data, variable, owner, place)
            pairs.append((variable, data))
            report.loaded.append(variable.path)
        except assignments.MismatchError as problem:
            matching.passes_over(report, variable.path, problem)
    return pairs


def _sources(group: Any, layer: Any, variables: Sequence[Any], owner: str, place: str) -> list[Any]:
    """The data sets of a layer's weights, in the arrangement of today."""
    names = hdf5.names(group, "weight_names", place)
    data = [hdf5.member(group, name, h5py.Dataset, place) for name in names]
    sealed = isinstance(group, SealedGroup)  # then they are ours, in the arrangement of today
    if not sealed and all(d.shape is not None for d in data):
        about = group.parent if "keras_version" in group.parent.attrs else group.file
        version = generation(hdf5.text(about, "keras_version", place))
        backend = hdf5.text(about, "backend", place) or "tensorflow"
        shapes = [v.shape for v in variables]
        data = legacy_weights.rearranged(layer, data, shapes, version, backend)
    if len(data) != len(variables):
        raise assignments.MismatchError(_other_number(group, names, variables, owner, place))
    return data


def _plan_optimizer(
    group: Any, version: tuple[int, ...] | None, model: Any, place: str
) -> list[Assignment]:
    """Pairs for the optimizer; the version is that of Keras, None if the file is ours."""
    trained = model.trainable_weights
    names = hdf5.names(group, "weight_names", place)
    if len(names) < 2 or (len(names) == 2 and "learning_rate" in names[1]):  # not trained yet
        return [
            assignments.plan(group, name, variable, "the optimizer", place)
            for name, variable in zip(names, model.optimizer.variables, strict=False)
        ]
    model.optimizer.build(trained)
    variables = list(model.optimizer.variables)
    if version is not None and version >= (3,):
        return keras3_optimizer.plan(group, names, model.optimizer, place)
    if version is not None and names[:1] == ["iteration:0"]:
        return keras2_optimizer.plan(group, names, model.optimizer, trained, place)
    if version is None:
        pass
    elif version < (2, 4) or any(_SLOT_LAST.search(name) for name in names):
        variables = _slot_by_slot(variables, len(trained))
        names = names[: len(variables)]  # Keras 2.2 adds an empty array a weight
    elif len(names) == len(variables) - 1:
        del variables[1]  # Keras 2 kept the learning rate in the configuration only
    if len(names) != len(variables):
        cure = " load_model(..., compile=False) leaves the optimizer out."
        message = _other_number(group, names, variables, "the optimizer", place)
        raise assignments.MismatchError(message + cure)
    return [
        assignments.plan(group, name, variable, "the optimizer", place)
        for name, variable in zip(names, variables, strict=True)
    ]


def _slot_by_slot(variables: list[Any], count: int) -> list[Any]:
    """The order of old optimizers: the steps done, then one slot of all weights after the other."""
    slots = variables[2:]
    each = len(slots) // max(count, 1)
    return [variables[0], *(slots[i * each + j] for j in range(each) for i in range(count))]


def _other_number(
    group: Any, names: list[str], variables: Sequence[Any], owner: str, place: str
) -> str:
    return (
        f"{place}: {group.name} holds {len(names)} weights ({names}); {owner} has "
        f"{len(variables)}: {[v.path for v in variables]}."
    )
