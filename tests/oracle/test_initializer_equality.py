"""Initializers, regularizers, constraints and activations do what those of Keras 3 do.

Random numbers are other numbers; their shapes, bounds and moments are the same.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from twins import numbers

from kcore import activations, components, constraints, initializers, regularizers
from kcore.random import SeedGenerator

RANDOM: list[tuple[str, dict[str, Any]]] = [
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.2}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": 2.0, "maxval": 5.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.3}),
    *[
        (name, {})
        for name in """GlorotUniform GlorotNormal HeUniform HeNormal LecunUniform
        LecunNormal""".split()
    ],
    *[
        ("VarianceScaling", {"scale": 2.0, "mode": mode, "distribution": distribution})
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ],
]
SHAPE = (5, 4, 30, 50)
IDS = [f"{name}-{'-'.join(map(str, options.values()))}" for name, options in RANDOM]


@pytest.mark.parametrize(("name", "options"), RANDOM, ids=IDS)
def test_random_initializers(name: str, options: dict[str, Any]) -> None:
    found, expected = (
        np.array(getattr(module, name)(**options, seed=7)(SHAPE))
        for module in (initializers, keras.initializers)
    )
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    spread = expected.std()
    # 30000 draws: the mean is off by less than 5 of its standard deviations, the spread by 3 %
    assert abs(found.mean() - expected.mean()) < 10 * spread / np.sqrt(found.size)
    assert found.std() == pytest.approx(spread, rel=0.03)
    limits = (found.min(), found.max()), (expected.min(), expected.max())
    if "uniform" in f"{name}{options}".lower():
        np.testing.assert_allclose(*limits, rtol=5e-3, atol=1e-3 * spread)
    if "runcated" in f"{name}{options}" or (name.endswith("Normal") and name != "RandomNormal"):
        bound = np.abs(expected - options.get("mean", 0.0)).max()
        assert np.abs(found - options.get("mean", 0.0)).max() <= bound * 1.01


@pytest.mark.parametrize(
    "shape", [(6,), (4, 6), (6, 4), (2, 3, 4), (3, 3, 2, 5)], ids=lambda s: "x".join(map(str, s))
)
def test_seeds_repeat(shape: tuple[int, ...]) -> None:
    names = ["RandomNormal", "RandomUniform", "TruncatedNormal", "HeNormal", "GlorotUniform"]
    for name in names + ["Orthogonal"] * (len(shape) > 1):
        make = getattr(initializers, name)
        first, second, other = (np.array(make(seed=s)(shape)) for s in (3, 3, 4))
        one = make(seed=3)
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(np.array(one(shape)), np.array(one(shape)))
        assert (first != other).any()
        free = make()
        assert (np.array(free(shape)) != np.array(free(shape))).any()
        stream = make(seed=SeedGenerator(3))
        assert (np.array(stream(shape)) != np.array(stream(shape))).any()


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (5, 5), (2, 3, 4)])
def test_orthogonal_has_the_form_of_keras(shape: tuple[int, ...]) -> None:
    for module in (initializers, keras.initializers):
        flat = np.array(module.Orthogonal(gain=2.0, seed=1)(shape)).reshape(-1, shape[-1]) / 2
        product = flat @ flat.T if flat.shape[0] < flat.shape[1] else flat.T @ flat
        np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options"),
    [("Zeros", {}), ("Ones", {}), ("Constant", {"value": 2.5}), ("Identity", {"gain": 3})],
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_fixed_initializers(name: str, options: dict[str, Any], dtype: str) -> None:
    found, expected = (
        np.array(getattr(module, name)(**options)((3, 5), dtype=dtype))
        for module in (initializers, keras.initializers)
    )
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


ALIASES = """zeros ones constant random_normal random_uniform truncated_normal variance_scaling
    orthogonal identity glorot_uniform glorot_normal he_uniform he_normal lecun_uniform lecun_normal
    OrthogonalInitializer IdentityInitializer zero one normal uniform""".split()


@pytest.mark.parametrize("name", ALIASES)
def test_initializers_by_string_class_object_and_config(name: str) -> None:
    made = initializers.get(name)
    for again in (
        initializers.get(type(made)),
        initializers.get(made),
        initializers.get(initializers.serialize(made)),
        made.clone(),
        type(made).from_config(made.get_config()),
    ):
        assert type(again) is type(made)
        assert again.get_config() == made.get_config()
    assert type(getattr(initializers, name)()) is type(made)
    if name not in ("zero", "one", "normal", "uniform", "constant"):
        theirs = keras.initializers.get(name)
        assert initializers.get(keras.initializers.serialize(theirs)).get_config() == (
            made.get_config()
        )


def test_arrays_as_initializers() -> None:
    values = numbers(2, 3)
    np.testing.assert_array_equal(initializers.get(values)((2, 3)), values)


PENALTIES: list[tuple[str, dict[str, Any]]] = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]


@pytest.mark.parametrize(("name", "options"), PENALTIES)
def test_regularizers(name: str, options: dict[str, Any]) -> None:
    x = numbers(4, 6, seed=3)
    ours, theirs = (
        getattr(module, name)(**options) for module in (regularizers, keras.regularizers)
    )
    for found, expected in zip(
        value_and_gradient(ours, x), value_and_gradient(theirs, x), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    again = regularizers.get(regularizers.serialize(ours))
    assert again.get_config() == ours.get_config()
    of_keras = regularizers.get(keras.regularizers.serialize(theirs))
    assert of_keras.get_config() == pytest.approx(ours.get_config())


def test_regularizers_of_earlier_keras() -> None:
    x = numbers(4, 6, seed=3)
    for ours, theirs in (
        (regularizers.l1(l=0.2), tf_keras.regularizers.l1(l=0.2)),
        (regularizers.l2(l=0.2), tf_keras.regularizers.l2(l=0.2)),
        (regularizers.l1_l2(), tf_keras.regularizers.l1_l2()),
        (components.get("regularizer", "l1_l2", "test"), tf_keras.regularizers.l1_l2()),
        (regularizers.get("l1_l2"), tf_keras.regularizers.get("l1_l2")),
    ):
        assert float(ours(x)) == pytest.approx(float(theirs(x)), rel=1e-5)


BOUNDS: list[tuple[str, dict[str, Any]]] = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 1.0, "max_value": 1.2, "rate": 0.4, "axis": [0, 1]}),
]


@pytest.mark.parametrize(("name", "options"), BOUNDS)
def test_constraints(name: str, options: dict[str, Any]) -> None:
    w = numbers(3, 4, 2, seed=5, low=-2.0, high=2.0)
    w[:, 1] = 0.0
    ours, theirs = (getattr(module, name)(**options) for module in (constraints, keras.constraints))
    np.testing.assert_allclose(ours(w), theirs(w), rtol=1e-5, atol=1e-6)
    again = constraints.get(constraints.serialize(ours))
    assert again.get_config() == ours.get_config()
    of_keras = constraints.get(keras.constraints.serialize(theirs))
    np.testing.assert_allclose(of_keras(w), ours(w), rtol=1e-6)


@pytest.mark.parametrize(
    "name", "max_norm maxnorm non_neg nonneg unit_norm unitnorm min_max_norm".split()
)
def test_constraints_of_earlier_keras(name: str) -> None:
    assert isinstance(constraints.get(name), constraints.Constraint)
    assert type(constraints.get(name)) is getattr(constraints, name)


def value_and_gradient(function: Any, x: Any, *rest: Any, **options: Any) -> tuple[Any, Any]:
    """The value and the gradient of the sum of its squares: every element counts differently."""
    tensor = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        value = function(tensor, *rest, **options)
        total = tf.reduce_sum(tf.square(value))
    slope = tape.gradient(total, tensor)
    return np.array(value), np.zeros_like(x) if slope is None else np.array(slope)


FUNCTIONS: list[tuple[str, dict[str, Any]]] = [
    *[
        (name, {})
        for name in """celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish
        hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu
        soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid squareplus swish tanh
        tanh_shrink""".split()
    ],
    ("celu", {"alpha": 0.3}),
    ("elu", {"alpha": 0.3}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 0}),
    ("hard_shrink", {"threshold": 1.5}),
    ("leaky_relu", {"negative_slope": 0.4}),
    ("log_softmax", {"axis": 0}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.7}),
    ("relu", {"max_value": 3.0}),
    ("relu", {"negative_slope": 0.1}),
    ("soft_shrink", {"threshold": 1.5}),
    ("softmax", {"axis": 0}),
    ("squareplus", {"b": 1.0}),
    ("threshold", {"threshold": 0.5, "default_value": -3.0}),
]


@pytest.mark.parametrize(
    ("name", "options"), FUNCTIONS, ids=[f"{n}-{list(o.values())}" for n, o in FUNCTIONS]
)
def test_activations_and_their_gradients(name: str, options: dict[str, Any]) -> None:
    x = numbers(6, 8, seed=1, low=-4.0, high=4.0)
    ours, theirs = (
        value_and_gradient(getattr(module, name), x, **options)
        for module in (activations, keras.activations)
    )
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-4, atol=1e-5)
    if not options:
        np.testing.assert_allclose(activations.get(name)(x), ours[0], rtol=1e-6)
        saved = activations.serialize(activations.get(name))
        assert activations.deserialize(saved) is activations.get(name)


@pytest.mark.parametrize("name", [name for name, options in FUNCTIONS if not options])
def test_activations_at_the_edges(name: str) -> None:
    x = np.array([[-100.0, -1.0, 0.0, 1.0, 6.0, 80.0]], "float32")
    found, slope = value_and_gradient(lambda t: activations.get(name)(t) / 1e30, x)
    assert np.isfinite(found).all()
    assert np.isfinite(slope).all()
    expected = np.array(keras.activations.get(name)(x))
    np.testing.assert_allclose(activations.get(name)(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis", [-1, 0])
def test_sparsemax_is_the_nearest_distribution(axis: int) -> None:
    """Keras 3.15 gives rows that do not sum to 1, so the projection is done here by bisection."""
    x = numbers(6, 8, seed=1, low=-4.0, high=4.0).astype("float64")
    low, high = x.max(axis, keepdims=True) - 1, x.max(axis, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        above = np.maximum(x - middle, 0).sum(axis, keepdims=True) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    found, slope = value_and_gradient(activations.sparsemax, x, axis=axis)
    np.testing.assert_allclose(found, np.maximum(x - low, 0), atol=1e-9)
    # a shift of all inputs changes nothing
    np.testing.assert_allclose(slope.sum(axis), 0, atol=1e-9)


def test_activations_of_earlier_keras() -> None:
    x = tf.constant(numbers(4, 6, low=-4.0, high=4.0))
    for found, expected in (
        (activations.hard_sigmoid(x, slope=0.2), tf_keras.activations.hard_sigmoid(x)),
        (activations.relu(x, alpha=0.2), tf_keras.activations.relu(x, alpha=0.2)),
        (activations.leaky_relu(x, alpha=0.2), tf_keras.activations.relu(x, alpha=0.2)),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
