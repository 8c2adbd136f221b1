"""Files of kcore open in Keras 3 and tf_keras, files of Keras 3 open in kcore."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
from twins import classes, numbers, one_hot

import kcore


def functional(k: ModuleType) -> Any:
    start = k.Input((8, 8, 2), name="image")
    x = k.layers.ZeroPadding2D(1, name="padding")(start)
    x = k.layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(x)
    y = k.layers.BatchNormalization(name="norm")(x)
    x = k.layers.Add(name="add")([x, y])
    x = k.layers.MaxPooling2D(name="pool")(x)
    a = k.layers.GlobalAveragePooling2D(name="mean")(x)
    b = k.layers.Flatten(name="flat")(x)
    x = k.layers.Concatenate(name="join")([a, b])
    x = k.layers.Dropout(0.5, name="drop")(x)
    x = k.layers.Dense(
        6,
        "tanh",
        kernel_regularizer=k.regularizers.L2(0.01),
        kernel_initializer="he_normal",
        name="hid",
    )(x)
    x = k.layers.Reshape((2, 3), name="form")(x)
    x = k.layers.Flatten(name="flat_again")(x)
    outputs = k.layers.Dense(3, activation="softmax", name="out")(x)
    return k.Model(start, outputs, name="pictures")


def sequential(k: ModuleType) -> Any:
    return k.Sequential(
        [
            k.layers.Input((7,), dtype="int32", name="words"),
            k.layers.Embedding(11, 5, mask_zero=True, name="rows"),
            k.layers.LSTM(6, return_sequences=True, name="first"),
            k.layers.LSTM(4, name="second"),
            k.layers.Activation("relu", name="positive"),
            k.layers.Dense(3, activation="softmax", name="out"),
        ],
        name="sentences",
    )


SENTENCES = np.array([[1, 2, 3, 0, 0, 0, 0], [4, 5, 6, 7, 8, 9, 10]] * 5, dtype="int32")
CASES = {"functional": (functional, numbers(10, 8, 8, 2)), "sequential": (sequential, SENTENCES)}
PEERS = {"keras": keras, "tf_keras": tf_keras}


def fitted(k: ModuleType, case: str) -> tuple[Any, Any]:
    build, x = CASES[case]
    model = build(k)
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, one_hot(classes(3, len(x)), 3), batch_size=5, epochs=2, verbose=0)
    return model, x


def assert_same_model(one: Any, other: Any, x: Any) -> None:
    for own, expected in zip(one.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(own, expected)
    np.testing.assert_allclose(
        one.predict(x, verbose=0), other.predict(x, verbose=0), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("case", CASES)
def test_our_h5_file_opens_elsewhere_with_equal_predictions(
    case: str, peer: str, tmp_path: Path
) -> None:
    model, x = fitted(kcore, case)
    path = str(tmp_path / "model.h5")
    model.save(path)
    loaded = PEERS[peer].models.load_model(path)
    assert_same_model(loaded, model, x)
    y = one_hot(classes(3, len(x)), 3)
    np.testing.assert_allclose(
        loaded.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0), rtol=1e-4
    )


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_an_h5_file_from_elsewhere_opens_here_with_equal_predictions(
    case: str, peer: str, tmp_path: Path
) -> None:
    model, x = fitted(PEERS[peer], case)
    path = str(tmp_path / "model.h5")
    model.save(path)
    loaded = kcore.models.load_model(path)
    assert_same_model(loaded, model, x)
    y = one_hot(classes(3, len(x)), 3)
    np.testing.assert_allclose(
        loaded.evaluate(x, y, verbose=0), model.evaluate(x, y, verbose=0), rtol=1e-4
    )


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_training_goes_on_with_the_optimizer_of_the_file(peer: str, tmp_path: Path) -> None:
    model, _ = fitted(PEERS[peer], "functional")
    path = str(tmp_path / "model.h5")
    model.save(path)
    loaded = kcore.models.load_model(path)
    assert int(loaded.optimizer.iterations) == 4
    ours = [np.array(v) for v in loaded.optimizer.variables][2:]  # behind step and learning rate
    theirs = [np.array(v) for v in model.optimizer.variables][-len(ours) :]
    for own, expected in zip(ours, theirs, strict=True):
        assert np.array_equal(own, expected)


def test_weights_go_between_frameworks_by_file(tmp_path: Path) -> None:
    model, x = fitted(kcore, "functional")
    path = str(tmp_path / "model.h5")
    model.save_weights(path)
    other = functional(tf_keras)
    other.load_weights(path)
    assert_same_model(other, model, x)
    other.save_weights(path)
    fresh = functional(kcore)
    fresh.load_weights(path)
    assert_same_model(fresh, model, x)


def test_the_json_of_a_model_opens_in_keras() -> None:
    for case, (build, _) in CASES.items():
        text = build(kcore).to_json()
        model = keras.models.model_from_json(text)
        assert [layer.name for layer in model.layers] == [
            layer.name for layer in kcore.models.model_from_json(text).layers
        ], case
