"""Real models on real data, across packages: train, evaluate, save, load by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kcore
import kcore as keras
from kdatasets import boston_housing, digits
from kpreprocess import sequence


@pytest.fixture(scope="module")
def pictures() -> Any:
    (x, y), (x_test, y_test) = digits.load_data()
    return (x[..., None] / 16.0, y), (x_test[..., None] / 16.0, y_test)


def test_a_convolutional_network_reads_digits(pictures: Any, tmp_path: Path) -> None:
    (x, y), test = pictures
    keras.random.reproducible(1)
    model = keras.Sequential(
        [
            keras.layers.Conv2D(16, 3, activation="relu", input_shape=(8, 8, 1)),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, validation_split=0.1, verbose=0).history
    assert history["loss"][-1] < 0.2 * history["loss"][0]
    loss, accuracy = model.evaluate(*test, verbose=0)
    assert accuracy > 0.95
    path = tmp_path / "digits.h5"
    model.save(path)
    loaded = kcore.models.load_model(path)
    assert np.array_equal(loaded.predict(test[0]), model.predict(test[0]))
    assert loaded.evaluate(*test, verbose=0) == [loss, accuracy]


def test_an_lstm_reads_padded_sequences() -> None:
    keras.random.reproducible(2)
    draw = np.random.default_rng(0)
    sentences = [draw.integers(2, 20, n).tolist() for n in draw.integers(1, 9, 300)]
    labels = np.array([max(s) > 14 for s in sentences]).astype("int32")
    x = sequence.pad_sequences(sentences, maxlen=8)
    model = keras.Sequential(
        [
            keras.layers.Embedding(20, 8, mask_zero=True, input_length=8),
            keras.layers.LSTM(8),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, labels, epochs=15, verbose=0).history
    assert history["accuracy"][-1] > 0.95
    longer = sequence.pad_sequences(sentences, maxlen=11)
    wide = keras.Sequential([keras.layers.Embedding(20, 8, mask_zero=True), *model.layers[1:]])
    wide.build((None, None))
    wide.set_weights(model.get_weights())
    np.testing.assert_allclose(wide.predict(longer), model.predict(x), rtol=1e-4, atol=1e-6)


def test_a_regression_on_housing_with_two_outputs() -> None:
    keras.random.reproducible(3)
    (x, y), _ = boston_housing.load_data()
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    start = keras.Input((x.shape[1],))
    hidden = keras.layers.Dense(16, "relu")(start)
    price = keras.layers.Dense(1, name="price")(hidden)
    dear = keras.layers.Dense(1, "sigmoid", name="dear")(hidden)
    model = keras.Model(start, [price, dear])
    model.compile(
        keras.optimizers.Adam(0.01),
        {"price": "mse", "dear": "binary_crossentropy"},
        loss_weights={"price": 0.01},
        metrics={"dear": "accuracy"},
    )
    targets = {"price": y, "dear": (y > np.median(y)).astype("float32")}
    history = model.fit(x, targets, epochs=25, verbose=0).history
    assert history["price_loss"][-1] < 0.2 * history["price_loss"][0]
    assert history["dear_accuracy"][-1] > 0.8
