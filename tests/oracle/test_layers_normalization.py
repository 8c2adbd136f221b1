"""Layers that normalise against Keras 3."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from layer_twin import compare_layer, compare_precisions
from twins import numbers

import klayers
from kcore import backend, ops

ROWS, STEPS, IMAGES = numbers(4, 6), numbers(2, 5, 6), numbers(2, 4, 5, 6)
MASK = np.array([[True, True, False, True, False], [False, True, True, False, False]])

CASES: dict[str, tuple[Any, Any]] = {
    "LayerNormalization": (lambda m: m.LayerNormalization(), STEPS),
    "LayerNormalization rows": (lambda m: m.LayerNormalization(epsilon=1e-5), ROWS),
    "LayerNormalization axis": (lambda m: m.LayerNormalization(axis=1), STEPS),
    "LayerNormalization axes": (lambda m: m.LayerNormalization(axis=[3, 1]), IMAGES),
    "LayerNormalization last axes": (lambda m: m.LayerNormalization(axis=[-2, -1]), IMAGES),
    "LayerNormalization no gamma": (lambda m: m.LayerNormalization(scale=False), STEPS),
    "LayerNormalization bare": (
        lambda m: m.LayerNormalization(center=False, scale=False),
        STEPS,
    ),
    "GroupNormalization": (lambda m: m.GroupNormalization(3), IMAGES),
    "GroupNormalization instance": (lambda m: m.GroupNormalization(-1), IMAGES),
    "GroupNormalization one": (lambda m: m.GroupNormalization(1, center=False), STEPS),
    "GroupNormalization axis": (lambda m: m.GroupNormalization(2, axis=1), IMAGES),
    "GroupNormalization middle": (lambda m: m.GroupNormalization(5, axis=2), IMAGES),
    "GroupNormalization rows": (lambda m: m.GroupNormalization(2, epsilon=0.1), ROWS),
    "RMSNormalization": (lambda m: m.RMSNormalization(), STEPS),
    "RMSNormalization epsilon": (lambda m: m.RMSNormalization(epsilon=0.1), ROWS),
    "UnitNormalization": (lambda m: m.UnitNormalization(), STEPS),
    "UnitNormalization axes": (lambda m: m.UnitNormalization(axis=[1, 3]), IMAGES),
    "UnitNormalization zeros": (lambda m: m.UnitNormalization(), 0 * ROWS),
    "BatchNormalization axis 1": (lambda m: m.BatchNormalization(axis=1), IMAGES),
    "BatchNormalization renorm off": (lambda m: m.BatchNormalization(renorm=False), STEPS),
    "SpectralNormalization": (lambda m: m.SpectralNormalization(m.Dense(4)), STEPS),
    "SpectralNormalization steps": (
        lambda m: m.SpectralNormalization(m.Conv2D(3, 2, use_bias=False), power_iterations=3),
        IMAGES,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_layer(name: str) -> None:
    make, inputs = CASES[name]
    compare_layer(make, inputs)


@pytest.mark.parametrize("name", ["LayerNormalization", "GroupNormalization"])
def test_masks_travel(name: str) -> None:
    make = {"GroupNormalization": lambda m: m.GroupNormalization(2)}.get(
        name, lambda m: getattr(m, name)()
    )
    compare_layer(make, STEPS, mask=MASK)


def test_batch_normalization_with_a_mask() -> None:
    compare_layer(lambda m: m.BatchNormalization(momentum=0.7), STEPS, mask=MASK)


@pytest.mark.parametrize(
    "name", ["LayerNormalization", "RMSNormalization", "UnitNormalization", "GroupNormalization"]
)
def test_precisions(name: str) -> None:
    arguments = {"groups": 2} if name == "GroupNormalization" else {}
    # in float64 Keras computes some of them in float32; test_gradients_of_gradients is in float64
    compare_precisions(
        lambda m, policy: getattr(m, name)(dtype=policy, **arguments),
        STEPS,
        policies=("float16", "bfloat16", "mixed_bfloat16"),
    )


def test_spectral_normalization_of_an_embedding() -> None:
    # floats: Keras gives the outputs the dtype of the inputs, for whole numbers all zeros
    indices = np.array([[1, 2, 0], [3, 3, 1]], "float32")
    compare_layer(lambda m: m.SpectralNormalization(m.Embedding(5, 3)), indices)


@pytest.mark.parametrize("shape", [(3, 1, 64), (1, 200), (5, 7, 3, 2)])
@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_operations(shape: tuple[int, ...], shift: float) -> None:
    x = numbers(*shape) + np.float32(shift)
    gamma, beta = numbers(shape[-1], seed=1), numbers(shape[-1], seed=2)
    # a float32 near 1000 is known to 6e-5, so its distance from the mean is too
    tolerance = 1e-5 if shift == 0 else 1e-2
    pairs = [
        (ops.layer_normalization(x), keras.ops.layer_normalization(x)),
        (
            ops.layer_normalization(x, gamma, beta, -1, 1e-3),
            keras.ops.layer_normalization(x, gamma, beta, -1, 1e-3),
        ),
        (ops.rms_normalization(x, gamma), keras.ops.rms_normalization(x, gamma)),
        (ops.normalize(x), keras.ops.normalize(x)),
        (ops.normalize(x, 0, 1), keras.ops.normalize(x, 0, 1)),
        (ops.normalize(x, -1, 3, 1e-3), keras.ops.normalize(x, -1, 3, 1e-3)),
    ]
    for own, expected in pairs:
        np.testing.assert_allclose(own, expected, rtol=tolerance, atol=tolerance)


NORMS: dict[str, tuple[Any, Any]] = {
    "layer": (
        lambda x, g, b: backend.normalization.layer_normalization(x, g, b, [1], 1e-3),
        lambda x, g, b: _by_formula(x, g, b, [1]),
    ),
    "layer first axis": (
        lambda x, g, b: backend.normalization.layer_normalization(x, None, None, [0], 1e-3),
        lambda x, g, b: _by_formula(x, 1.0, 0.0, [0]),
    ),
    "root mean square": (
        lambda x, g, b: backend.normalization.rms_normalization(x, g, [1], 1e-3),
        lambda x, g, b: x * tf.math.rsqrt(tf.reduce_mean(x * x, 1, keepdims=True) + 1e-3) * g,
    ),
    "group": (
        lambda x, g, b: backend.normalization.group_normalization(x, g, b, 2, 1e-3),
        lambda x, g, b: (
            tf.reshape(_by_formula(tf.reshape(x, [4, 2, 3]), 1.0, 0.0, [2]), [4, 6]) * g + b
        ),
    ),
    "group, channels first": (
        lambda x, g, b: backend.normalization.group_normalization(
            tf.reshape(x, [2, 6, 2]), g, b, 3, 1e-3, True
        ),
        lambda x, g, b: (
            tf.reshape(_by_formula(tf.reshape(x, [2, 3, 4]), 1.0, 0.0, [2]), [2, 6, 2]) * g[:, None]
            + b[:, None]
        ),
    ),
}


@pytest.mark.parametrize("policy", ["float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 3, 4)])
def test_batches_in_half_precision(policy: str, shape: tuple[int, ...]) -> None:
    x, found = numbers(*shape), []
    for module in (klayers, keras.layers):
        layer = module.BatchNormalization(dtype=policy, momentum=0.5)
        outputs = [layer(x, training=True), layer(x)]
        assert {y.dtype for y in outputs} == {tf.as_dtype(policy)}
        arrays = [*outputs, *layer.get_weights()]
        found.append([np.array(tf.cast(a, "float32")) for a in arrays])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=3e-2)


def _by_formula(x: Any, gamma: Any, beta: Any, axes: list[int]) -> Any:
    mean, variance = tf.nn.moments(x, axes, keepdims=True)
    return (x - mean) / tf.sqrt(variance + 1e-3) * gamma + beta


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_of_gradients(name: str, compiled: bool) -> None:
    """A gradient penalty differentiates the hand-written gradient once more."""

    def penalty(norm: Any) -> Any:
        values = [tf.constant(numbers(4, 6), tf.float64)]
        values += [tf.constant(numbers(6, seed=s), tf.float64) for s in (1, 2)]

        def run() -> Any:
            with tf.GradientTape() as outer:
                outer.watch(values)
                with tf.GradientTape() as inner:
                    inner.watch(values)
                    result = tf.reduce_sum(tf.sin(norm(*values)))
                first = inner.gradient(result, values, unconnected_gradients="zero")
                total = sum(tf.reduce_sum(tf.square(g)) for g in first)
            return first, outer.gradient(total, values, unconnected_gradients="zero")

        return (tf.function(run) if compiled else run)()

    own, expected = (penalty(norm) for norm in NORMS[name])
    for a, b in zip(tf.nest.flatten(own), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8)
