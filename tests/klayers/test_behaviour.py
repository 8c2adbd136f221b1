"""What single layers compute: noise, statistics, masks, states, first-layer arguments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import kcore
import klayers
from kcore import backend, ops
from kcore.errors import ConfigurationError, ShapeError


def test_dropout_keeps_the_mean_and_drops_the_share_it_says() -> None:
    layer = klayers.Dropout(0.3, seed=1)
    x = np.ones((200, 500), dtype="float32")
    y = layer(x, training=True).numpy()
    # 100,000 draws: the share is met within four standard deviations
    assert abs((y == 0).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / y.size)
    np.testing.assert_allclose(y[y != 0], 1 / 0.7, rtol=1e-6)
    np.testing.assert_array_equal(layer(x), x)
    assert not np.array_equal(layer(x, training=True), y)


def test_dropout_of_everything_gives_zeros() -> None:
    assert klayers.Dropout(1.0)(np.ones((2, 3)), training=True).numpy().sum() == 0


def test_batch_normalization_normalises_and_its_statistics_follow() -> None:
    layer = klayers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    x = np.random.default_rng(0).standard_normal((64, 5)).astype("float32") * 3 + 2
    y = layer(x, training=True).numpy()
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(0), 1, atol=1e-3)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * x.var(0), rtol=1e-5)


def test_a_frozen_batch_normalization_uses_and_keeps_its_statistics() -> None:
    layer = klayers.BatchNormalization()
    x = np.random.default_rng(0).standard_normal((16, 5)).astype("float32")
    layer(x)
    layer.trainable = False
    y = layer(x, training=True)
    np.testing.assert_allclose(y, x / np.sqrt(1 + 1e-3), rtol=1e-5)
    assert layer.moving_mean.numpy().sum() == 0


def test_masked_steps_do_not_change_the_state_of_an_lstm() -> None:
    layer = klayers.LSTM(4, return_sequences=True)
    x = np.random.default_rng(0).standard_normal((2, 5, 3)).astype("float32")
    mask = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 0, 0]], dtype=bool)
    y = layer(x, mask=mask).numpy()
    np.testing.assert_array_equal(y[0, 2], y[0, 1])
    np.testing.assert_array_equal(y[1, 0], np.zeros(4))
    short = layer(x[:1][:, [0, 1, 3]]).numpy()
    np.testing.assert_allclose(y[0, 3], short[0, -1], atol=1e-6)


def test_the_written_gradient_of_the_lstm_equals_finite_differences() -> None:
    kcore.random.set_seed(0)
    layer = klayers.LSTM(3, return_sequences=True, dtype="float64")
    x = np.random.default_rng(0).standard_normal((2, 4, 2))
    mask = np.array([[1, 1, 0, 1], [1, 1, 1, 0]], dtype=bool)

    def loss() -> Any:
        return ops.sum(ops.square(layer(x, mask=mask) + 0.3)), None

    loss()
    storages = [w.storage for w in layer.weights]
    _, _, gradients = backend.autodiff.value_and_gradients(loss, storages)
    for weight, gradient in zip(layer.weights, gradients, strict=True):
        value = weight.numpy()
        for place in [(0,) * value.ndim, tuple(s - 1 for s in value.shape)]:
            ends = []
            for step in (1e-5, -1e-5):
                moved = value.copy()
                moved[place] += step
                weight.assign(moved)
                ends.append(float(loss()[0]))
            weight.assign(value)
            slope = (ends[0] - ends[1]) / 2e-5
            np.testing.assert_allclose(gradient.numpy()[place], slope, rtol=1e-5)


def test_an_lstm_starts_from_the_state_it_is_given() -> None:
    layer = klayers.LSTM(4, return_state=True)
    x = np.random.default_rng(0).standard_normal((2, 6, 3)).astype("float32")
    _, h, c = layer(x[:, :2])
    continued = layer(x[:, 2:], initial_state=[h, c])
    for a, b in zip(continued, layer(x), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_mask_travels_from_the_embedding_to_the_loss() -> None:
    inputs = kcore.Input((4,), dtype="int32")
    x = klayers.Embedding(10, 3, mask_zero=True)(inputs)
    assert x.mask.shape == (None, 4)
    outputs = klayers.Dense(1)(klayers.LSTM(3, return_sequences=True)(x))
    assert outputs.mask is not None
    model = kcore.Model(inputs, outputs)
    model.compile("sgd", "mse")
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0]], dtype="int32")
    y = np.ones((2, 4, 1), dtype="float32")
    predicted = model.predict(ids)
    valid = ids != 0
    expected = ((predicted[..., 0] - 1) ** 2)[valid].mean()
    np.testing.assert_allclose(model.evaluate(ids, y, verbose=0), expected, rtol=1e-5)


def test_a_mask_that_is_lost_is_a_warning_that_says_where() -> None:
    inputs = kcore.Input((4,), dtype="int32")
    x = klayers.Embedding(10, 3, mask_zero=True)(inputs)
    with pytest.warns(UserWarning, match="eat_the_mask"):
        klayers.Flatten(name="eat_the_mask")(x)


def test_no_warning_where_there_is_no_mask() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        klayers.Flatten()(kcore.Input((4, 2)))


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({"input_shape": (5,)}, (None, 5)),
        ({"input_dim": 5}, (None, 5)),
        ({"batch_input_shape": (2, 5)}, (2, 5)),
        ({"input_shape": (5,), "batch_size": 3}, (3, 5)),
    ],
    ids=str,
)
def test_first_layer_arguments_of_earlier_keras_build_a_sequential(
    arguments: dict[str, Any], shape: tuple[int | None, ...]
) -> None:
    model = kcore.Sequential([klayers.Dense(2, **arguments)])
    assert model.input_shape == shape


def test_weights_as_an_argument_are_the_first_values() -> None:
    kernel, bias = np.full((3, 2), 2.0, "float32"), np.ones(2, "float32")
    layer = klayers.Dense(2, input_dim=3, weights=[kernel, bias])
    kcore.Sequential([layer])
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)


def test_an_embedding_checks_the_length_it_was_given() -> None:
    model = kcore.Sequential([klayers.Embedding(10, 2, input_length=4)])
    assert model.input_shape == (None, 4)
    with pytest.raises(ShapeError, match="input_length=4"):
        klayers.Embedding(10, 2, input_length=4)(kcore.Input((5,)))


@pytest.mark.parametrize(
    ("make", "facts"),
    [
        (lambda: klayers.Dense(0), ("Dense", "units", "0")),
        (lambda: klayers.Dense(2.5), ("Dense", "units", "2.5")),
        (lambda: klayers.Dense(2, unitz=3), ("Dense", "unitz", "units")),
        (lambda: klayers.Dense(2, activation="rellu"), ("rellu", "relu")),
        (lambda: klayers.Dense(2, kernel_initializer="glorot"), ("glorot", "GlorotUniform")),
        (lambda: klayers.Conv2D(4, 3, strides=2, dilation_rate=2), ("strides", "dilation_rate")),
        (lambda: klayers.Conv2D(4, 3, padding="full"), ("padding", "full", "same")),
        (lambda: klayers.Conv2D(4, (3, 3, 3)), ("kernel_size", "(3, 3, 3)")),
        (lambda: klayers.Conv2D(3, 3, groups=2), ("filters", "groups", "3", "2")),
        (lambda: klayers.Conv2D(3, 3, data_format="NHWC"), ("data_format", "NHWC")),
        (lambda: klayers.MaxPooling2D(0), ("pool_size", "0")),
        (lambda: klayers.Dropout(1.5), ("rate", "1.5")),
        (lambda: klayers.LSTM(4, dropout=1.0), ("dropout", "1.0")),
        (lambda: klayers.Embedding(0, 4), ("input_dim", "0")),
        (lambda: klayers.BatchNormalization(momentum=2), ("momentum", "2")),
        (lambda: klayers.Reshape((-1, -1)), ("target_shape", "-1")),
        (lambda: klayers.Dense(2, name="a/b"), ("name", "a/b")),
        (lambda: klayers.Dense(2, dtype="float31"), ("float31", "float32")),
    ],
    ids=lambda value: "" if callable(value) else "-".join(value[:2]),
)
def test_an_argument_that_can_never_work_is_an_error_that_names_it(
    make: Any, facts: tuple[str, ...]
) -> None:
    with pytest.raises((ConfigurationError, ValueError, TypeError)) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    ("make", "shape", "facts"),
    [
        (
            lambda: klayers.Conv2D(4, 3, name="c"),
            (28, 28),
            ("'c'", "Conv2D", "channels", "x[..., None]"),
        ),
        (lambda: klayers.Conv2D(4, 9, name="c"), (5, 5, 1), ("9", "same", "(5, 5)")),
        (lambda: klayers.Conv2D(4, 3, groups=2), (5, 5, 3), ("3 channels", "groups=2")),
        (lambda: klayers.LSTM(4, name="r"), (5,), ("'r'", "LSTM", "steps", "features=5")),
        (lambda: klayers.MaxPooling2D(name="p"), (8,), ("'p'", "MaxPooling2D", "height")),
        (lambda: klayers.Reshape((4, 2), name="s"), (9,), ("'s'", "9", "(4, 2)")),
        (lambda: klayers.Dense(3, name="d"), (None,), ("'d'", "kernel", "Input")),
        (lambda: klayers.BatchNormalization(axis=7), (5,), ("axis", "7")),
    ],
    ids=lambda value: "" if callable(value) else str(value)[:30],
)
def test_input_that_does_not_fit_is_an_error_with_layer_shapes_and_cure(
    make: Any, shape: Any, facts: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError) as caught:
        make()(kcore.Input(shape, name="pixels"))
    for fact in facts:
        assert fact in str(caught.value), str(caught.value)


def test_the_error_names_the_layer_that_made_the_wrong_input() -> None:
    x = klayers.Dense(6, name="maker")(kcore.Input((4,)))
    layer = klayers.LSTM(2, name="taker")
    with pytest.raises(ShapeError, match=r"'taker' \(LSTM\).*the output of layer 'maker'"):
        layer(x)


def test_a_layer_refuses_another_number_of_features_than_it_was_built_for() -> None:
    layer = klayers.Dense(2, name="d")
    layer(kcore.Input((4,)))
    with pytest.raises(ShapeError) as caught:
        layer(kcore.Input((5,)))
    for fact in ("'d'", "features", "size 4", "received 5"):
        assert fact in str(caught.value)


@pytest.mark.parametrize("layer", [klayers.Add, klayers.Concatenate])
def test_merging_one_tensor_or_unequal_shapes_is_an_error(layer: Any) -> None:
    a, b = kcore.Input((4, 3)), kcore.Input((5, 2))
    with pytest.raises(ShapeError, match="list"):
        layer(name="join")(a)
    with pytest.raises(ShapeError, match=r"'join'.*steps=4.*steps=5"):
        layer(name="join")([a, b])
