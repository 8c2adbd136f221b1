"""The state of every optimizer goes between Keras 3 and kcore, and what compile was given."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from twins import classes, numbers, one_hot

import kcore
from kcore.saving.formats.keras3_optimizer import entries

X, Y = numbers(8, 3), numbers(8, 4, seed=1)

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda o: o.SGD(0.1),
    "momentum": lambda o: o.SGD(0.1, momentum=0.9, nesterov=True),
    "Adam": lambda o: o.Adam(0.1),
    "largest": lambda o: o.Adam(0.1, amsgrad=True),
    "schedule": lambda o: o.Adam(o.schedules.CosineDecay(0.1, 10)),
    "averages": lambda o: o.Adam(0.1, use_ema=True),
    "accumulation": lambda o: o.Adam(0.1, gradient_accumulation_steps=2),
    "AdamW": lambda o: o.AdamW(0.1),
    "RMSprop": lambda o: o.RMSprop(0.1),
    "centered": lambda o: o.RMSprop(0.1, momentum=0.5, centered=True),
    "Adagrad": lambda o: o.Adagrad(0.1),
    "Adadelta": lambda o: o.Adadelta(0.1),
    "Adamax": lambda o: o.Adamax(0.1),
    "Nadam": lambda o: o.Nadam(0.1),
    "Ftrl": lambda o: o.Ftrl(0.1),
    "Lion": lambda o: o.Lion(0.1),
    "Lamb": lambda o: o.Lamb(0.1),
    "Adafactor": lambda o: o.Adafactor(0.1),
    "Muon": lambda o: o.Muon(0.1),
    "scaled": lambda o: o.LossScaleOptimizer(o.Adam(0.1), initial_scale=64.0),
}


def compiled(k: Any, optimizer: Any) -> Any:
    model = k.Sequential([k.layers.Input((3,)), k.layers.Dense(2), k.layers.Dense(4)])
    model.compile(optimizer, loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def filled(variables: Any) -> None:
    """Numbers that are no first values."""
    for i, variable in enumerate(variables):
        value = 4 + i if "int" in str(variable.dtype) else numbers(*variable.shape, seed=i, low=0.1)
        variable.assign(np.asarray(value, str(variable.dtype)))


def assert_same_state(ours: Any, theirs: Any) -> None:
    """Compares all that Keras keeps; what it never uses is not read."""
    stored = list(entries(ours))
    assert len(stored) == len(theirs.variables)
    for entry, variable in zip(stored, theirs.variables, strict=True):
        expected = np.asarray(variable)
        assert entry.shape == expected.shape
        if entry.into:
            assert np.array_equal(entry.value(), expected), variable.path
    assert int(ours.iterations) == int(theirs.iterations)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_of_optimizers_goes_both_ways(name: str, tmp_path: Path) -> None:
    # in .h5 files Keras gives two arrays of Adafactor one name
    suffixes = ["keras"] if name == "Adafactor" else ["keras", "h5"]
    theirs = compiled(keras, OPTIMIZERS[name](keras.optimizers))
    filled(theirs.optimizer.variables)
    for suffix in suffixes:
        theirs.save(tmp_path / f"theirs.{suffix}")
        ours = kcore.models.load_model(tmp_path / f"theirs.{suffix}")
        assert_same_state(ours.optimizer, theirs.optimizer)
    ours = compiled(kcore, OPTIMIZERS[name](kcore.optimizers))
    filled(ours.optimizer.variables)
    for suffix in ("keras", "h5"):
        ours.save(tmp_path / f"ours.{suffix}")
        again = kcore.models.load_model(tmp_path / f"ours.{suffix}").optimizer
        for own, expected in zip(entries(again), entries(ours.optimizer), strict=True):
            assert not own.into or np.array_equal(own.value(), expected.value())
    # .h5 files of Keras 3 itself come back without the state
    there = keras.models.load_model(tmp_path / "ours.keras")
    again = kcore.models.load_model(tmp_path / "ours.keras")
    assert_same_state(again.optimizer, there.optimizer)


@pytest.mark.parametrize("name", ["centered", "schedule", "accumulation", "scaled"])
def test_training_goes_on_equally(name: str, tmp_path: Path) -> None:
    fit = functools.partial(_fit, X, Y)
    theirs = compiled(keras, OPTIMIZERS[name](keras.optimizers))
    fit(theirs, 2)
    theirs.save(tmp_path / "model.keras")
    ours = kcore.models.load_model(tmp_path / "model.keras")
    fit(theirs, 2)
    fit(ours, 2)
    for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-4)


def _fit(x: Any, y: Any, model: Any, epochs: int) -> None:
    model.fit(x, y, epochs=epochs, batch_size=4, verbose=0, shuffle=False)


COMPILED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "functions": lambda k: {
        "loss": k.losses.mean_absolute_error,
        "metrics": [k.metrics.mean_squared_error],
    },
    "objects": lambda k: {
        "loss": k.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        "metrics": [k.metrics.TopKCategoricalAccuracy(2), "accuracy"],
        "weighted_metrics": [k.metrics.MeanSquaredError(name="squares")],
    },
    "sum": lambda k: {"loss": [k.losses.MeanSquaredError(reduction="sum")], "metrics": ["mae"]},
}


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_losses_and_metrics_go_both_ways(name: str, suffix: str, tmp_path: Path) -> None:
    y = one_hot(classes(4, len(X)), 4)
    models = []
    for k in (keras, kcore):
        model = compiled(k, "sgd")
        model.compile("sgd", **COMPILED[name](k))
        models.append(model)
    theirs, ours = models
    ours.set_weights(theirs.get_weights())
    theirs.fit(X, y, verbose=0)
    theirs.save(tmp_path / f"theirs.{suffix}")
    expected = theirs.evaluate(X, y, verbose=0)
    found = kcore.models.load_model(tmp_path / f"theirs.{suffix}").evaluate(X, y, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    ours.fit(X, y, verbose=0)
    ours.save(tmp_path / f"ours.{suffix}")
    there = keras.models.load_model(tmp_path / f"ours.{suffix}").evaluate(X, y, verbose=0)
    np.testing.assert_allclose(there, ours.evaluate(X, y, verbose=0), rtol=1e-4)
