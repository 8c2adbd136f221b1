"""`.keras` and `.weights.h5` files of Keras 3 open here, and ours open there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from twins import classes, numbers

import kcore

IMAGES, STEPS, ROWS = numbers(4, 8, 8, 3), numbers(4, 6, 5), numbers(4, 7)


def sequential(*layers: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def make(k: Any, shape: Any) -> Any:
        return k.Sequential([k.layers.Input(shape), *(layer(k.layers) for layer in layers)])

    return make


def branches(k: Any, shape: Any) -> Any:
    x = k.layers.Input(shape)
    shared = k.layers.Dense(4, activation="tanh", name="shared")
    a, b = shared(x), k.layers.Dense(4, kernel_regularizer="l2")(x)
    y = k.layers.Concatenate()([a, k.layers.Add()([a, b]), shared(k.layers.Dense(7)(b))])
    return k.Model(x, [k.layers.Dense(2, name="first")(y), k.layers.Dense(3, name="second")(y)])


def nested(k: Any, shape: Any) -> Any:
    inner = k.Sequential(
        [k.layers.Input(shape), k.layers.Dense(5, name="odd"), k.layers.BatchNormalization()],
        name="inner",
    )
    x = k.layers.Input(shape)
    return k.Model(x, k.layers.Dense(2)(inner(x)))


MODELS: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "dense": (sequential(lambda m: m.Dense(4, activation="relu"), lambda m: m.Dense(2)), ROWS),
    "dropout": (sequential(lambda m: m.Dropout(0.5), lambda m: m.Dense(2)), ROWS),
    "convolution": (
        sequential(
            lambda m: m.Conv2D(4, 3, padding="same"),
            lambda m: m.BatchNormalization(),
            lambda m: m.MaxPooling2D(),
            lambda m: m.SeparableConv2D(3, 2),
            lambda m: m.DepthwiseConv2D(2),
            lambda m: m.Flatten(),
            lambda m: m.Dense(2, activation="softmax"),
        ),
        IMAGES,
    ),
    "transpose": (
        sequential(lambda m: m.Conv2DTranspose(4, 3, 2), lambda m: m.GlobalAveragePooling2D()),
        IMAGES,
    ),
    "sequence": (
        sequential(
            lambda m: m.Conv1D(4, 3, padding="causal"),
            lambda m: m.Bidirectional(m.LSTM(3, return_sequences=True)),
            lambda m: m.TimeDistributed(m.Dense(3)),
            lambda m: m.GRU(4),
        ),
        STEPS,
    ),
    "cells": (
        sequential(
            lambda m: m.RNN([m.GRUCell(3), m.GRUCell(4), m.LSTMCell(2)], return_sequences=True),
            lambda m: m.SimpleRNN(3),
        ),
        STEPS,
    ),
    "activations": (
        sequential(
            lambda m: m.PReLU(),
            lambda m: m.LeakyReLU(0.1),
            lambda m: m.ELU(),
            lambda m: m.Softmax(),
        ),
        ROWS,
    ),
    "kernel in two places": (
        sequential(lambda m: m.SpectralNormalization(m.Dense(4)), lambda m: m.Dense(2)),
        ROWS,
    ),
    "branches": (branches, ROWS),
    "nested": (nested, ROWS),
    "embedding": (
        sequential(lambda m: m.Embedding(9, 4, mask_zero=True), lambda m: m.LSTM(3)),
        classes(9, 4, 6).astype("float32"),
    ),
}


@functools.cache
def trained(k: Any, name: str) -> Any:
    """A model after two epochs, made once; nobody changes it."""
    make, x = MODELS[name]
    model = make(k, x.shape[1:])
    model.compile("adam", loss="mse")
    shapes = [(len(x), *s[1:]) for s in flat(model.output_shape)]
    ones = [np.ones(s, "float32") for s in shapes]
    model.fit(x, ones if len(ones) > 1 else ones[0], epochs=2, verbose=0)
    return model


def flat(shapes: Any) -> list[Any]:
    return shapes if isinstance(shapes, list) else [shapes]


def assert_equal_outputs(ours: Any, theirs: Any, x: Any) -> None:
    a, b = ours.predict(x, verbose=0), theirs.predict(x, verbose=0)
    for own, expected in zip(*(v if isinstance(v, list) else [v] for v in (a, b)), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_file_of_keras_opens_here_and_trains_on(name: str, suffix: str, tmp_path: Path) -> None:
    theirs = trained(keras, name)
    theirs.save(tmp_path / f"model.{suffix}")
    ours = kcore.models.load_model(tmp_path / f"model.{suffix}")
    x = MODELS[name][1]
    assert_equal_outputs(ours, theirs, x)
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)


# in .h5 files LeakyReLU has the name of its argument that tf_keras knows too
@pytest.mark.filterwarnings("ignore:Argument `alpha` is deprecated")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_our_file_opens_in_keras(name: str, suffix: str, tmp_path: Path) -> None:
    ours = trained(kcore, name)
    ours.save(tmp_path / f"model.{suffix}")
    theirs = keras.models.load_model(tmp_path / f"model.{suffix}")
    assert_equal_outputs(ours, theirs, MODELS[name][1])
    if suffix == "keras":
        assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)


@pytest.mark.parametrize("name", MODELS)
def test_weights_alone_go_both_ways(name: str, tmp_path: Path) -> None:
    make, x = MODELS[name]
    theirs, ours = make(keras, x.shape[1:]), make(kcore, x.shape[1:])
    trained(keras, name).save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    assert_equal_outputs(ours, trained(keras, name), x)
    trained(kcore, name).save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    assert_equal_outputs(trained(kcore, name), theirs, x)


def test_a_model_that_was_never_compiled_opens(tmp_path: Path) -> None:
    make, x = MODELS["dense"]
    theirs = make(keras, x.shape[1:])
    theirs.save(tmp_path / "model.keras")
    ours = kcore.models.load_model(tmp_path / "model.keras")
    assert_equal_outputs(ours, theirs, x)
    assert not ours.compiled


def test_weights_in_bfloat16(tmp_path: Path) -> None:
    make = sequential(lambda m: m.Dense(4, dtype="bfloat16"), lambda m: m.Dense(2, dtype="float16"))
    theirs = make(keras, (7,))
    for suffix in ("keras", "h5"):
        theirs.save(tmp_path / f"model.{suffix}")
        ours = kcore.models.load_model(tmp_path / f"model.{suffix}")
        for own, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            assert own.dtype == expected.dtype and np.array_equal(own, expected)
        np.testing.assert_allclose(
            np.asarray(ours(ROWS), "float32"), np.asarray(theirs(ROWS), "float32"), rtol=2e-2
        )
        ours.save(tmp_path / f"ours.{suffix}")
        again = keras.models.load_model(tmp_path / f"ours.{suffix}")
        for own, expected in zip(again.get_weights(), theirs.get_weights(), strict=True):
            assert np.array_equal(own, expected)
