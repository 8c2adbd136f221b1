"""Models of tf_keras, as the converter of TensorFlow.js writes them and as its own save does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras
from click.testing import CliRunner
from file_models import MODELS
from file_twins import assert_same, filled
from twins import numbers

import kcore
from kcore.cli import main

NAMES = (
    "options depthwise separable batch_norm two_directions cells conv_lstm nested shared_layer "
    "attention model_over_time called_three_times frozen several_outputs"
).split()
pytestmark = pytest.mark.filterwarnings("ignore:.*does not support mask.*")


def written(model: Any, path: Path, **more: Any) -> Path:
    """The `model.json` of a model and the file with its numbers."""
    config = json.loads(model.to_json())
    version, backend = config.pop("keras_version"), config.pop("backend")
    variables = [weight for layer in model.layers for weight in layer.weights]
    entries = []
    for variable in variables:
        name, array = variable.name.removesuffix(":0"), variable.numpy()
        entries.append({"name": name, "shape": list(array.shape), "dtype": str(array.dtype)})
    octets = b"".join(variable.numpy().tobytes() for variable in variables)
    path.with_name("group1-shard1of1.bin").write_bytes(octets)
    topology = {"keras_version": version, "backend": backend, "model_config": config, **more}
    manifest = [{"paths": ["group1-shard1of1.bin"], "weights": entries}]
    data = {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_models_that_the_converter_wrote(name: str, tmp_path: Path) -> None:
    build, x = MODELS[name]
    theirs = filled(build(tf_keras))
    path = written(theirs, tmp_path / "model.json")
    ours = kcore.models.load_model(path)
    assert_same(ours, theirs, x)
    fresh = kcore.models.clone_model(ours)
    assert fresh.load_weights(path).complete
    assert_same(fresh, theirs, x)


def test_slashes_in_names_and_what_compile_was_given(tmp_path: Path) -> None:
    layers = [
        tf_keras.layers.Dense(4, activation="relu", name="conv1/dense"),
        tf_keras.layers.BatchNormalization(name="conv1/bn"),
        tf_keras.layers.GRU(3, recurrent_activation="hard_sigmoid", reset_after=False, name="gru"),
        tf_keras.layers.Dense(3, activation="softmax", name="conv1"),
    ]
    theirs = filled(tf_keras.Sequential([tf_keras.layers.Input((5, 6)), *layers]))
    training = {
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer_config": {"class_name": "Adam", "config": {"lr": 0.01, "clipnorm": 1.0}},
    }
    path = written(theirs, tmp_path / "model.json", training_config=training)
    ours = kcore.models.load_model(path)
    theirs.compile("sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    x, y = numbers(8, 5, 6), np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2, 2, 2]]
    np.testing.assert_allclose(
        ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0), rtol=1e-4
    )
    assert float(ours.optimizer.learning_rate) == pytest.approx(0.01)
    assert kcore.models.load_model(path, compile=False).trainer.settings is None


def test_what_its_own_save_writes(tmp_path: Path) -> None:
    theirs = filled(
        tf_keras.Sequential(
            [
                tf_keras.layers.Input((4, 4, 2)),
                tf_keras.layers.Conv2D(3, 2, activation="relu", name="conv2d_Conv2D1"),
                tf_keras.layers.BatchNormalization(name="batch_normalization_1"),
                tf_keras.layers.Flatten(name="flatten_Flatten1"),
                tf_keras.layers.Dense(2, activation="hard_sigmoid", name="dense_Dense1"),
            ]
        )
    )
    path = written(theirs, tmp_path / "model.json")
    data = json.loads(path.read_text())
    topology = data["modelTopology"]
    # no model_config, and its own version; weights that train come first
    data["modelTopology"] = topology["model_config"] | {
        "keras_version": "tfjs-layers 4.22.0",
        "backend": "tensor_flow.js",
    }
    data |= {"generatedBy": "TensorFlow.js tfjs-layers v4.22.0", "convertedBy": None}
    trained = [*theirs.trainable_weights, *theirs.non_trainable_weights]
    entries = {entry["name"]: entry for entry in data["weightsManifest"][0]["weights"]}
    names = [weight.name.removesuffix(":0") for weight in trained]
    data["weightsManifest"][0]["weights"] = [entries[name] for name in names]
    octets = b"".join(weight.numpy().tobytes() for weight in trained)
    (tmp_path / "group1-shard1of1.bin").write_bytes(octets)
    path.write_text(json.dumps(data))
    assert_same(kcore.models.load_model(path), theirs, numbers(3, 4, 4, 2))


def test_conversion_to_other_formats(tmp_path: Path) -> None:
    build, x = MODELS["dense"]
    theirs = filled(build(tf_keras))
    path = written(theirs, tmp_path / "model.json")
    for name in ("out.keras", "out.h5", "out.weights.h5"):
        done = CliRunner().invoke(main, ["convert", str(path), str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    assert_same(kcore.models.load_model(tmp_path / "out.keras"), theirs, x)
    assert_same(tf_keras.models.load_model(tmp_path / "out.h5"), theirs, x)
    done = CliRunner().invoke(main, ["convert", str(tmp_path / "out.h5"), str(path)])
    assert done.exit_code != 0 and "read only" in done.output
