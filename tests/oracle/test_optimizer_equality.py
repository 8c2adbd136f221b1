"""Every optimizer and schedule against Keras 3."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from twins import numbers

import kcore
from kcore import optimizers

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("RMSprop", {"epsilon": 1.0}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "epsilon": 0.1}),
    ("AdamW", {"learning_rate": 0.01}),
    ("Adamax", {"learning_rate": 0.01}),
    ("Nadam", {"learning_rate": 0.01}),
    ("Ftrl", {"learning_rate": 0.1}),
    (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.02,
            "l2_regularization_strength": 0.1,
            "l2_shrinkage_regularization_strength": 0.05,
            "beta": 0.3,
        },
    ),
    ("Lion", {}),
    ("Lamb", {"learning_rate": 0.01}),
    ("Adafactor", {}),
    ("Adafactor", {"relative_step": False, "learning_rate": 0.01, "clip_threshold": 0.5}),
    ("Muon", {"learning_rate": 0.01}),
    ("Muon", {"nesterov": False, "adam_lr_ratio": 0.3, "exclude_layers": ["second"]}),
]
SHARED: list[dict[str, Any]] = [
    {"weight_decay": 0.02},
    {"clipnorm": 0.3},
    {"clipvalue": 0.1},
    {"global_clipnorm": 0.5},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 4},
    {"loss_scale_factor": 8.0},
]
START = [numbers(5, 3, seed=1), numbers(3, seed=2), numbers(2, 2, 4, seed=3), numbers(4, 6, seed=4)]
NAMES = ["kernel", "bias", "kernel", "second"]


def run(module: Any, variable: Any, name: str, options: dict[str, Any], steps: int) -> Any:
    """The weights and the optimizer after some steps down a bent valley."""
    optimizer = getattr(module, name)(**options)
    weights = [variable(v, name=n) for v, n in zip(START, NAMES, strict=True)]
    for step in range(steps):
        gradients = []
        for place, weight in enumerate(weights):
            value = np.array(weight)
            slope = value * (1 + place) + 0.3 * np.cos(step + np.arange(value.size)).reshape(
                value.shape
            )
            gradients.append(tf.constant(slope.astype("float32")))
        optimizer.apply_gradients(list(zip(gradients, weights, strict=True)))
    return weights, optimizer


def compare(name: str, options: dict[str, Any], steps: int = 50, rtol: float = 1e-5) -> None:
    ours, own = run(optimizers, kcore.Variable, name, options, steps)
    theirs, other = run(keras.optimizers, keras.Variable, name, options, steps)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.numpy(), np.array(b), rtol=rtol, atol=rtol)
    assert int(own.iterations) == int(other.iterations)
    own.finalize_variable_values(ours)
    other.finalize_variable_values(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.numpy(), np.array(b), rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_fifty_steps(name: str, options: dict[str, Any]) -> None:
    # Newton-Schulz steps amplify the last bit of a float32 product
    compare(name, options, rtol=1e-3 if name == "Muon" else 1e-5)


@pytest.mark.parametrize("shared", SHARED, ids=[next(iter(s)) for s in SHARED])
@pytest.mark.parametrize("name", ["SGD", "Adam", "Adagrad", "Lion"])
def test_shared_arguments(name: str, shared: dict[str, Any]) -> None:
    compare(name, shared, steps=11)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "Adadelta", "Adamax", "Ftrl", "Lamb"])
def test_arguments_and_defaults(name: str) -> None:
    ours = getattr(optimizers, name)().get_config()
    theirs = getattr(keras.optimizers, name)().get_config()
    for key, value in theirs.items():
        if key != "name":
            assert ours[key] == pytest.approx(value), key


def test_weight_decay_spares_what_is_excluded() -> None:
    results = []
    for module, variable in ((optimizers, kcore.Variable), (keras.optimizers, keras.Variable)):
        weights = [variable(v, name=n) for v, n in zip(START, NAMES, strict=True)]
        optimizer = module.AdamW(0.1, weight_decay=0.3)
        optimizer.exclude_from_weight_decay(var_list=[weights[0]], var_names=["bias"])
        for _ in range(3):
            optimizer.apply_gradients([(tf.ones(w.shape), w) for w in weights])
        results.append([np.array(w) for w in weights])
    for a, b in zip(*results, strict=True):
        # three steps of 0.1 to numbers near zero: the bound is on the way they went
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialDecay", {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6, "staircase": True},
    ),
    ("InverseTimeDecay", {"initial_learning_rate": 0.5, "decay_steps": 7, "decay_rate": 0.6}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 11], "values": [1.0, 0.5, 0.1]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.5, "decay_steps": 10, "power": 2.0}),
    ("PolynomialDecay", {"initial_learning_rate": 0.5, "decay_steps": 10, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.5, "decay_steps": 15, "alpha": 0.1}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 15,
            "warmup_target": 0.9,
            "warmup_steps": 6,
            "alpha": 0.2,
        },
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.5, "first_decay_steps": 5}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.5,
            "first_decay_steps": 5,
            "t_mul": 1.0,
            "m_mul": 0.8,
            "alpha": 0.1,
        },
    ),
]


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_schedules(name: str, options: dict[str, Any]) -> None:
    ours = getattr(optimizers.schedules, name)(**options)
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    for step in range(30):
        np.testing.assert_allclose(
            float(ours(step)), float(theirs(step)), rtol=1e-5, atol=1e-7, err_msg=str(step)
        )
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "Adam", "RMSprop", "Ftrl", "Lion"])
def test_rows_that_repeat_count_together(name: str) -> None:
    """Rows of an Embedding; against the whole gradient, as Keras squares repeated rows singly."""
    results = []
    for dense in (False, True):
        variable = kcore.Variable(numbers(6, 3), name="table")
        optimizer = getattr(optimizers, name)(0.1)
        for seed in range(50):
            rows = tf.IndexedSlices(
                tf.constant(numbers(4, 3, seed=seed)),
                tf.constant([1, 3, 1, 5]),
                tf.constant([6, 3]),
            )
            gradient = tf.convert_to_tensor(rows) if dense else rows
            optimizer.apply_gradients([(gradient, variable)])
        results.append(variable.numpy())
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


def test_loss_scale_optimizer() -> None:
    results = []
    for module, variable in ((optimizers, kcore.Variable), (keras.optimizers, keras.Variable)):
        weight = variable(START[0], name="kernel")
        optimizer = module.LossScaleOptimizer(
            module.Adam(0.1), initial_scale=16.0, dynamic_growth_steps=2
        )
        scales = []
        for step in range(7):
            gradient = np.full((5, 3), np.inf if step in (2, 5) else 8.0, "float32")
            optimizer.apply_gradients([(tf.constant(gradient), weight)])
            scales.append(float(np.array(optimizer.dynamic_scale)))
        results.append((np.array(weight), scales, int(optimizer.iterations)))
    # five steps of 0.1: a millionth of the way is float32's last bits
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5, atol=1e-5)
    assert results[0][1:] == results[1][1:]


@pytest.mark.parametrize("name", ["GradientDescent", "Momentum", "Adam"])
def test_optimizers_of_tensorflow_1(name: str) -> None:
    v1 = tf.compat.v1.train
    arguments = {"Momentum": (0.1, 0.9)}.get(name, (0.1,))
    names = {"GradientDescent": "SGD", "Momentum": "SGD", "Adam": "Adam"}
    options = {"momentum": 0.9} if name == "Momentum" else {}
    expected, _ = run(optimizers, kcore.Variable, names[name], {"learning_rate": 0.1, **options}, 5)

    class Wrapped:
        TFOptimizer = staticmethod(
            lambda: optimizers.TFOptimizer(getattr(v1, f"{name}Optimizer")(*arguments))
        )

    found, _ = run(Wrapped, kcore.Variable, "TFOptimizer", {}, 5)
    for a, b in zip(found, expected, strict=True):
        # TensorFlow's epsilon is 1e-8, ours 1e-7
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5)
