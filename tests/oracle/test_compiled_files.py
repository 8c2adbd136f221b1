"""Models that Keras 3 and tf_keras compiled and never trained load compiled and evaluate alike."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
from twins import numbers

import kcore

X, WEIGHTS = numbers(12, 4), np.linspace(0.5, 2.0, 12).astype("float32")
PARTS = np.abs(numbers(12, 3, seed=4)) + 0.1
Y = PARTS / PARTS.sum(axis=1, keepdims=True)
ONE, CODE = np.eye(3, dtype="float32")[Y.argmax(1)], Y.argmax(1)

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")

# what compile is given, made of a framework, and the targets
COMPILED: dict[str, tuple[Callable[[Any], dict[str, Any]], Any]] = {
    "names": (lambda k: {"optimizer": "adam", "loss": "mse", "metrics": ["mae", "mse"]}, Y),
    "classes": (
        lambda k: {
            "optimizer": k.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
            "loss": k.losses.CategoricalCrossentropy(label_smoothing=0.1),
            "metrics": [k.metrics.CategoricalAccuracy(name="right"), "accuracy"],
        },
        ONE,
    ),
    "codes": (
        lambda k: {
            "optimizer": k.optimizers.RMSprop(0.01, centered=True),
            "loss": "sparse_categorical_crossentropy",
            # tf_keras takes "accuracy" for that of whole vectors until it has seen data
            "metrics": [
                "sparse_categorical_accuracy",
                k.metrics.SparseTopKCategoricalAccuracy(k=2),
            ],
        },
        CODE,
    ),
    "curves": (
        lambda k: {
            "optimizer": k.optimizers.Nadam(),
            "loss": "mean_absolute_error",
            "metrics": [k.metrics.AUC(num_thresholds=20), k.metrics.Precision(thresholds=0.4)],
        },
        ONE,
    ),
    "weighted": (
        lambda k: {
            "optimizer": k.optimizers.Adagrad(0.2),
            "loss": k.losses.LogCosh(),
            "metrics": [k.metrics.RootMeanSquaredError()],
            "weighted_metrics": ["mae"],
        },
        Y,
    ),
    "schedule": (
        lambda k: {
            "optimizer": k.optimizers.AdamW(
                k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5), clipnorm=1.0
            ),
            "loss": "kl_divergence",
        },
        Y,
    ),
}


# its files have the name of the output twice in that of a metric, which tf_keras cuts off
TWICE = {"second_second_mae": "second_mae"}


def network(k: Any) -> Any:
    layers = [k.layers.Dense(5, activation="tanh"), k.layers.Dense(3, activation="softmax")]
    return k.Sequential([k.layers.Input((4,)), *layers])


def assert_evaluates_alike(ours: Any, theirs: Any, y: Any) -> None:
    found = ours.evaluate(X, y, sample_weight=WEIGHTS, batch_size=5, verbose=0)
    expected = theirs.evaluate(X, y, sample_weight=WEIGHTS, batch_size=5, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("peer", [keras, tf_keras], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("name", COMPILED)
def test_compiled_and_never_trained(name: str, peer: Any, suffix: str, tmp_path: Path) -> None:
    make, y = COMPILED[name]
    theirs = network(peer)
    theirs.compile(**make(peer))
    theirs.save(str(tmp_path / f"model.{suffix}"))
    ours = kcore.models.load_model(tmp_path / f"model.{suffix}")
    assert type(ours.optimizer).__name__ == type(theirs.optimizer).__name__
    assert_evaluates_alike(ours, theirs, y)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("peer", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_outputs_with_losses_of_their_own(peer: Any, suffix: str, tmp_path: Path) -> None:
    start = peer.layers.Input((4,))
    first = peer.layers.Dense(3, activation="softmax", name="first")(start)
    second = peer.layers.Dense(1, name="second")(start)
    theirs = peer.Model(start, {"first": first, "second": second})
    theirs.compile(
        optimizer="adamax",
        loss={"first": "categorical_crossentropy", "second": "mse"},
        loss_weights={"first": 0.3, "second": 2.0},
        metrics={"second": ["mae"]},
    )
    theirs.save(str(tmp_path / f"model.{suffix}"))
    ours = kcore.models.load_model(tmp_path / f"model.{suffix}")
    y = {"first": ONE, "second": X[:, :1] ** 2}
    found = ours.evaluate(X, y, verbose=0, return_dict=True)
    expected = theirs.evaluate(X, y, verbose=0, return_dict=True)
    found = {TWICE.get(key, key): value for key, value in found.items()}
    for key in ("loss", "second_mae"):
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-4, err_msg=key)


def without_optimizer(source: Path, target: Path) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                del config["compile_config"]["optimizer"]
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return target


def test_a_file_that_names_no_optimizer(tmp_path: Path) -> None:
    theirs = network(keras)
    theirs.compile("adam", loss="mse", metrics=["mae"])
    theirs.fit(X, Y, verbose=0)
    theirs.save(tmp_path / "model.keras")
    path = without_optimizer(tmp_path / "model.keras", tmp_path / "lacking.keras")
    with pytest.warns(UserWarning, match=r"lacking\.keras.*names no optimizer.*'rmsprop'"):
        ours = kcore.models.load_model(path)
    with pytest.warns(UserWarning, match="2 variables|variable loading|variables whereas"):
        again = keras.models.load_model(path)
    assert type(ours.optimizer).__name__ == type(again.optimizer).__name__ == "RMSprop"
    assert_evaluates_alike(ours, theirs, Y)
    assert kcore.models.load_model(path, compile=False).optimizer is None
