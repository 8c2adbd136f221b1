"""`model.json` of TensorFlow.js ("layers-model"): read, not written.

    modelTopology      the configuration as Keras writes it, with keras_version; perhaps
                       training_config
    weightsManifest    the names of weights, and the files beside it that hold their numbers

The converter of TensorFlow.js makes such files of `.h5` files, and so does its own save.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kcore.errors import ConfigurationError, LoadError, shown
from kcore.saving import assignments, forms, plain
from kcore.saving.formats import tfjs_names
from kcore.saving.formats.tfjs_weights import Weight, weights_in
from kcore.saving.loading import compile_from, model_from_config
from kcore.saving.matching import STRICT, LoadReport, Matching
from kcore.saving.reading import at
from kcore.saving.upgrade import generation, upgrade
from kcore.typing import Config

# what wrote it in JavaScript has the meanings of this version of Keras
_SCRIPT, _ITS_KERAS = "tfjs-layers ", "2.2.4-tf"


class TensorFlowJs:
    """Reads `model.json` and the files beside it.

    Example:
        >>> TensorFlowJs().suffixes
        ('json',)
    """

    suffixes = ("json",)
    read_only = True

    def save(self, model: Any, path: Path, overwrite: bool, **options: Any) -> None:
        """Refused: this format is read only."""
        raise ConfigurationError(
            f"{path}: the format of TensorFlow.js is read only. Choose the name of another format, "
            "such as model.keras; TensorFlow.js converts model.h5. model.to_json gives the "
            "architecture alone."
        )

    def load(self, path: Path, compile: bool) -> Any:
        """Reads a whole model."""
        data = read(path)
        topology, version = topology_of(data, path)
        config = topology.get("model_config", topology)
        place = f"{path}: modelTopology"
        weights = weights_in(path, data.get("weightsManifest"))
        model = model_from_config(upgrade(config, version, place), place)
        training = topology.get("training_config") if compile else None
        if training is not None:
            place = f"{place}: training_config"
            compile_from(model, upgrade(training, version, place), place)
        arrays = [weight.array for weight in weights]
        numbers, report = generation(version), LoadReport()
        _read(tfjs_names.plan(arrays, model, str(path), numbers, STRICT, report), weights)
        return model

    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        """Refused: this format is read only."""
        raise ConfigurationError(
            f"{path}: the format of TensorFlow.js is read only. Save weights as .weights.h5 or "
            ".safetensors."
        )

    def load_weights(self, model: Any, path: Path, matching: Matching = STRICT) -> LoadReport:
        """Reads the weights; everything is checked before anything is assigned."""
        data, report = read(path), LoadReport()
        weights = weights_in(path, data.get("weightsManifest"))
        arrays, numbers = [w.array for w in weights], generation(topology_of(data, path)[1])
        _read(tfjs_names.plan(arrays, model, str(path), numbers, matching, report), weights)
        return report


def read(path: Path) -> Config:
    """What a `model.json` holds.

    Raises:
        LoadError: if it is none with layers.
    """
    with path.open("rb") as file:
        # one byte more than is read is refused there
        text = file.read(min(path.stat().st_size, plain.LONGEST + 1))
    data = plain.parse(text, str(path))
    kind = data.get("format", "layers-model") if isinstance(data, dict) else None
    if kind != "layers-model":
        raise LoadError(
            f"{path}: expected the format 'layers-model' of TensorFlow.js; received {shown(kind)}. "
            "Convert the Keras model again with --output_format=tfjs_layers_model."
        )
    if not isinstance(data.get("modelTopology"), dict):
        raise LoadError(
            f"{path}: expected a model of TensorFlow.js, with 'modelTopology' and "
            f"'weightsManifest'; received {shown(sorted(data))}. An architecture that "
            "model.to_json wrote is read by model_from_json."
        )
    return dict(data)


def topology_of(data: Config, path: Path) -> tuple[Config, str]:
    """The part "modelTopology", and the version of Keras whose meanings it has."""
    topology: Config = data["modelTopology"]
    with at(f"{path}: modelTopology"):
        if {"className", "modelConfig"} & set(topology):
            raise LoadError(
                "expected 'class_name' or 'model_config'; received names in the style of "
                "JavaScript. Load the model there and save it again."
            )
        version = topology.get("keras_version", "2.0.0")
        if isinstance(version, str) and version.startswith(_SCRIPT):
            version = _ITS_KERAS
        with at("keras_version"):
            forms.check_version(version)
    return topology, version


def _read(pairs: Sequence[assignments.Assignment], weights: Sequence[Weight]) -> None:
    """Reads all arrays, then gives each variable its own."""
    by_name = {weight.name: weight for weight in weights}
    arrays = []
    for variable, data in pairs:
        parts = data.parts if isinstance(data, assignments.Derived) else [data]
        made = [by_name[part.name].read() for part in parts]
        derived = isinstance(data, assignments.Derived)
        arrays.append((variable, np.asarray(data.make(*made), order="C") if derived else made[0]))
    assignments.assign(arrays)
