"""What every layer computes, against numpy; its shape rule, configuration and masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, Model, Sequential, SymbolicTensor, backend, random


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


IMAGES, SEQUENCES, ROWS = numbers(2, 6, 5, 4), numbers(2, 5, 3), numbers(4, 3)

CASES: dict[str, tuple[Any, Any]] = {
    "Activation": (lambda: kl.Activation("relu"), ROWS),
    "Add": (lambda: kl.Add(), [ROWS, ROWS]),
    "BatchNormalization": (lambda: kl.BatchNormalization(), IMAGES),
    "BatchNormalization axis 1": (lambda: kl.BatchNormalization(axis=1), IMAGES),
    "Concatenate": (lambda: kl.Concatenate(1), [SEQUENCES, SEQUENCES]),
    "Conv2D": (lambda: kl.Conv2D(3, (3, 2), strides=(2, 1), padding="same"), IMAGES),
    "Conv2D groups": (lambda: kl.Conv2D(4, 3, groups=2, dilation_rate=2), IMAGES),
    "Conv2D channels first": (lambda: kl.Conv2D(3, 2, data_format="channels_first"), IMAGES),
    "Dense": (lambda: kl.Dense(2, "tanh"), ROWS),
    "Dense of steps": (lambda: kl.Dense(2, use_bias=False), SEQUENCES),
    "Dropout": (lambda: kl.Dropout(0.5, (None, 1)), ROWS),
    "Embedding": (lambda: kl.Embedding(7, 4), np.array([[1, 2, 0], [6, 0, 0]])),
    "Flatten": (lambda: kl.Flatten(), IMAGES),
    "Flatten channels first": (lambda: kl.Flatten("channels_first"), IMAGES),
    "GlobalAveragePooling2D": (lambda: kl.GlobalAveragePooling2D(), IMAGES),
    "GlobalAveragePooling2D kept": (lambda: kl.GlobalAveragePooling2D(keepdims=True), IMAGES),
    "LSTM": (lambda: kl.LSTM(3), SEQUENCES),
    "LSTM sequences": (lambda: kl.LSTM(3, return_sequences=True, go_backwards=True), SEQUENCES),
    "LSTM states": (lambda: kl.LSTM(3, return_state=True, activation="relu"), SEQUENCES),
    "MaxPooling2D": (lambda: kl.MaxPooling2D((2, 3), strides=1, padding="same"), IMAGES),
    "Reshape": (lambda: kl.Reshape((-1, 2)), IMAGES),
    "ZeroPadding2D": (lambda: kl.ZeroPadding2D(((1, 2), (0, 3))), IMAGES),
}


def outputs_of(result: Any) -> list[Any]:
    return [np.array(r) for r in (result if isinstance(result, (list, tuple)) else [result])]


@pytest.mark.parametrize("name", CASES)
def test_shape_rule_configuration_and_weights(name: str) -> None:
    make, data = CASES[name]
    layer = make()
    found = outputs_of(layer(data))
    symbols = [
        SymbolicTensor((None, *a.shape[1:]), a.dtype.name if a.dtype.kind == "f" else "int32")
        for a in (data if isinstance(data, list) else [data])
    ]
    ruled = make()(symbols if isinstance(data, list) else symbols[0])
    for value, symbol in zip(
        found, ruled if isinstance(ruled, (list, tuple)) else [ruled], strict=True
    ):
        assert symbol.shape == (None, *value.shape[1:])
        assert symbol.dtype == value.dtype.name
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    twin(data)
    twin.set_weights(layer.get_weights())
    for one, other in zip(found, outputs_of(twin(data)), strict=True):
        assert np.array_equal(one, other)


def test_dense() -> None:
    layer = kl.Dense(2, "sigmoid", bias_initializer="ones")
    found = layer(SEQUENCES)
    kernel, bias = layer.get_weights()
    assert np.array_equal(bias, [1, 1])
    np.testing.assert_allclose(found, sigmoid(SEQUENCES @ kernel + 1), rtol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolution(padding: str) -> None:
    layer = kl.Conv2D(3, (3, 2), padding=padding)
    found = np.array(layer(IMAGES))
    kernel, bias = layer.get_weights()
    x = np.pad(IMAGES, [[0, 0], [1, 1], [0, 1], [0, 0]]) if padding == "same" else IMAGES
    for i in range(found.shape[1]):
        for j in range(found.shape[2]):
            window = x[:, i : i + 3, j : j + 2]
            expected = np.tensordot(window, kernel, 3) + bias
            np.testing.assert_allclose(found[:, i, j], expected, rtol=1e-4, atol=1e-5)
    first = kl.Conv2D(3, (3, 2), padding=padding, data_format="channels_first")
    first.build_once((None, 4, 6, 5))
    first.set_weights([kernel, bias])
    other = np.moveaxis(np.array(first(np.moveaxis(IMAGES, -1, 1))), 1, -1)
    np.testing.assert_allclose(other, found, rtol=1e-4, atol=1e-5)


def test_pooling_and_padding() -> None:
    found = np.array(kl.MaxPooling2D()(IMAGES))
    expected = IMAGES[:, :6, :4].reshape(2, 3, 2, 2, 2, 4).max((2, 4))
    assert np.array_equal(found, expected)
    np.testing.assert_allclose(
        kl.GlobalAveragePooling2D()(IMAGES), IMAGES.mean((1, 2)), rtol=1e-5, atol=1e-6
    )
    padded = np.array(kl.ZeroPadding2D((1, 2))(IMAGES))
    assert np.array_equal(padded[:, 1:-1, 2:-2], IMAGES)
    assert padded.sum() == pytest.approx(IMAGES.sum(), rel=1e-4)


def test_batch_normalization_by_hand() -> None:
    layer = kl.BatchNormalization(momentum=0.9, epsilon=0.01)
    x = IMAGES * 3 + 2
    np.testing.assert_allclose(layer(x), x / np.sqrt(1.01), rtol=1e-5)
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    found = layer(x, training=True)
    np.testing.assert_allclose(found, (x - mean) / np.sqrt(variance + 0.01), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * variance, rtol=1e-4)
    layer.trainable = False
    before = [np.array(w) for w in layer.weights]
    frozen = layer(x, training=True)
    assert all(map(np.array_equal, before, layer.get_weights()))
    np.testing.assert_allclose(frozen, layer(x), rtol=1e-6)


def lstm_by_hand(x: Any, weights: list[Any], mask: Any = None) -> Any:
    kernel, recurrent, bias = weights
    units = recurrent.shape[0]
    h = c = np.zeros((len(x), units))
    steps = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, 1)
        new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        new_h = sigmoid(o) * np.tanh(new_c)
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t : t + 1]
        h, c = np.where(keep, new_h, h), np.where(keep, new_c, c)
        steps.append(h)
    return np.stack(steps, 1)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
def test_lstm_by_hand(masked: bool, backwards: bool) -> None:
    layer = kl.LSTM(4, return_sequences=True, go_backwards=backwards)
    mask = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]], bool) if masked else None
    found = layer(SEQUENCES) if mask is None else layer(SEQUENCES, mask=mask)
    order = slice(None, None, -1 if backwards else 1)
    expected = lstm_by_hand(
        SEQUENCES[:, order], layer.get_weights(), None if mask is None else mask[:, order]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert np.array_equal(layer.get_weights()[2][4:8], np.ones(4))


@pytest.mark.parametrize("masked", [False, True])
def test_the_two_kernels_of_lstm_train_alike(masked: bool) -> None:
    """The hand-written gradient is that of the plain loop."""
    found = []
    for activation in ("tanh", lambda x: backend.nn.activation("tanh", x, "float32")):
        random.set_seed(1)
        model = Sequential(
            [
                Input((5,), dtype="int32"),
                kl.Embedding(9, 3, mask_zero=masked),
                kl.LSTM(4, activation),
            ]
        )
        model.compile("sgd", "mse")
        x = np.random.default_rng(0).integers(0, 9, (8, 5))
        model.fit(x, numbers(8, 4), batch_size=4, epochs=2, verbose=0)
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_lstm_states_can_be_handed_on() -> None:
    layer = kl.LSTM(4, return_state=True)
    whole, h, c = layer(SEQUENCES)
    _, h1, c1 = layer(SEQUENCES[:, :2])
    again, h2, c2 = layer(SEQUENCES[:, 2:], initial_state=[h1, c1])
    for one, other in ((whole, again), (h, h2), (c, c2)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_embedding_masks_padding_for_the_lstm() -> None:
    start = Input((None,), dtype="int32")
    model = Model(start, kl.LSTM(3)(kl.Dropout(0.5)(kl.Embedding(5, 2, mask_zero=True)(start))))
    padded = model.predict(np.array([[1, 2, 0, 0]]))
    short = Model(start, kl.LSTM(3)(kl.Embedding(5, 2)(start)))
    short.set_weights(model.get_weights())
    np.testing.assert_allclose(padded, short.predict(np.array([[1, 2]])), rtol=1e-5)


def test_dropout_keeps_the_mean_and_repeats_with_its_seed() -> None:
    x = np.ones((200, 50), "float32")
    layer = kl.Dropout(0.25, seed=3)
    first, second = np.array(layer(x, training=True)), np.array(layer(x, training=True))
    assert set(np.unique(first)) == {0.0, np.float32(1 / 0.75)}
    assert first.mean() == pytest.approx(1, abs=0.02)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, kl.Dropout(0.25, seed=3)(x, training=True))
    assert np.array_equal(layer(x), x)
    assert not np.array(kl.Dropout(1)(x, training=True)).any()
    rows = np.array(kl.Dropout(0.5, noise_shape=(None, 1))(x, training=True))
    assert set(rows.std(1)) == {0.0}


def test_sizes_may_be_numbers_of_numpy() -> None:
    for number in (np.int64(3), np.int32(3), np.uint8(3)):
        assert (
            kl.Dense(number).units
            == kl.LSTM(number).units
            == kl.Conv2D(number, number).filters
            == 3
        )
        assert type(kl.Dense(number).get_config()["units"]) is int


def test_merging_functions() -> None:
    a, b = Input((3,)), Input((3,))
    model = Model([a, b], kl.concatenate([kl.add([a, b]), a]))
    expected = np.concatenate([ROWS + 2 * ROWS, ROWS], 1)
    np.testing.assert_allclose(model.predict([ROWS, 2 * ROWS]), expected, rtol=1e-6)
