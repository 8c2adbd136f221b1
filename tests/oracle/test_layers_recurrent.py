"""Recurrent layers, cells and wrappers against Keras 3, and tf_keras where Keras 3 lacks them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
from layer_twin import compare_layer, compare_precisions
from twins import numbers

import kcore
import klayers

STEPS, IMAGES = numbers(2, 5, 3), numbers(2, 3, 6, 5, 2)
MASK = np.array([[True, True, False, True, False], [False, True, True, False, False]])
IMAGE_MASK = np.array([[True, False, True], [False, True, False]])
STATES = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2}
LAYERS = pytest.mark.parametrize("name", STATES)

OPTIONS: list[dict[str, Any]] = [
    {},
    {"return_sequences": True},
    {"return_state": True, "go_backwards": True},
    {"return_sequences": True, "go_backwards": True, "use_bias": False},
    {"return_sequences": True, "zero_output_for_mask": True, "return_state": True},
    {"zero_output_for_mask": True},
    {"activation": "relu", "return_sequences": True},
    {"unroll": True, "return_sequences": True},
]


@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o) or "plain")
@LAYERS
def test_layer(name: str, options: dict[str, Any], masked: bool) -> None:
    compare_layer(lambda m: getattr(m, name)(4, **options), STEPS, mask=MASK if masked else None)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@LAYERS
def test_initial_states_with_a_mask(name: str, activation: str) -> None:
    states = [numbers(2, 4, seed=seed) for seed in range(STATES[name])]
    # Keras loses the mask of a tensor that is called together with states, so it is given by name
    compare_layer(
        lambda m: getattr(m, name)(4, activation, return_sequences=True, return_state=True),
        STEPS,
        call={"initial_state": states, "mask": MASK},
    )


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("bias", [True, False])
def test_gru_with_the_reset_before_the_product(activation: str, bias: bool) -> None:
    for peer in (keras.layers, tf_keras.layers):
        compare_layer(
            lambda m: m.GRU(4, activation, use_bias=bias, reset_after=False, return_sequences=True),
            STEPS,
            peer=peer,
        )


@pytest.mark.parametrize("name", ["tanh", "hard_sigmoid", "softsign"])
def test_other_gates(name: str) -> None:
    compare_layer(lambda m: m.LSTM(4, recurrent_activation=name), STEPS, mask=MASK)
    compare_layer(lambda m: m.GRU(4, recurrent_activation=name), STEPS, mask=MASK)


CELLS: dict[str, Any] = {
    "one": lambda m: m.RNN(m.GRUCell(4), return_state=True, unroll=True),
    "list": lambda m: m.RNN([m.LSTMCell(4), m.GRUCell(3)], return_sequences=True),
    "states": lambda m: m.RNN([m.LSTMCell(4), m.SimpleRNNCell(3)], return_state=True),
    "stack": lambda m: m.RNN(m.StackedRNNCells([m.SimpleRNNCell(4), m.LSTMCell(3)])),
    "zeros": lambda m: m.RNN(m.LSTMCell(4), return_sequences=True, zero_output_for_mask=True),
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_in_a_layer(name: str) -> None:
    compare_layer(CELLS[name], STEPS)
    compare_layer(CELLS[name], STEPS, mask=MASK)


@pytest.mark.parametrize("name", ["SimpleRNNCell", "GRUCell", "LSTMCell"])
def test_one_step_of_a_cell(name: str) -> None:
    ours, theirs = getattr(klayers, name)(4), getattr(keras.layers, name)(4)
    x = numbers(2, 3)
    states = [numbers(2, 4, seed=s) for s in range(2 if name == "LSTMCell" else 1)]
    theirs(x, states)
    ours(x, states)
    ours.set_weights(theirs.get_weights())
    (own, own_states), (expected, expected_states) = ours(x, states), theirs(x, states)
    np.testing.assert_allclose(own, expected, rtol=1e-5, atol=1e-6)
    for a, b in zip(own_states, expected_states, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


CONVOLUTIONS: list[dict[str, Any]] = [
    {},
    {"return_sequences": True, "return_state": True},
    {"padding": "same", "strides": 2},
    {"dilation_rate": 2, "return_sequences": True, "use_bias": False},
    {"go_backwards": True, "recurrent_activation": "hard_sigmoid"},
]


@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize("options", CONVOLUTIONS, ids=lambda o: "-".join(o) or "plain")
def test_conv_lstm2d(options: dict[str, Any], masked: bool) -> None:
    mask = IMAGE_MASK if masked else None
    compare_layer(lambda m: m.ConvLSTM2D(2, (3, 2), **options), IMAGES, mask=mask)


def test_conv_lstm_over_other_axes() -> None:
    compare_layer(lambda m: m.ConvLSTM1D(2, 3, return_sequences=True), numbers(2, 3, 6, 2))
    compare_layer(lambda m: m.ConvLSTM3D(2, 2), numbers(2, 2, 4, 3, 3, 2))


def test_conv_lstm_with_channels_first() -> None:
    """Keras has no kernel for it on the processor: the axes are exchanged around the same layer."""
    first = klayers.ConvLSTM2D(2, 3, data_format="channels_first", return_sequences=True)
    last = keras.layers.ConvLSTM2D(2, 3, return_sequences=True)
    expected = np.asarray(last(IMAGES))
    x = np.moveaxis(IMAGES, -1, 2)
    first(x)
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(np.moveaxis(first(x), 2, -1), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize(
    "options", [{}, OPTIONS[1], OPTIONS[4]], ids=lambda o: "-".join(o) or "plain"
)
@pytest.mark.parametrize("mode", ["sum", "mul", "concat", "ave", None])
def test_bidirectional(mode: str | None, options: dict[str, Any], masked: bool) -> None:
    compare_layer(
        lambda m: m.Bidirectional(m.LSTM(3, **options), merge_mode=mode),
        STEPS,
        mask=MASK if masked else None,
    )


def test_bidirectional_with_another_layer_and_states() -> None:
    compare_layer(
        lambda m: m.Bidirectional(
            m.GRU(3, return_sequences=True),
            backward_layer=m.LSTM(2, go_backwards=True, return_sequences=True),
        ),
        STEPS,
        mask=MASK,
    )
    states = [numbers(2, 3, seed=seed) for seed in range(4)]
    compare_layer(
        lambda m: m.Bidirectional(m.LSTM(3, return_state=True)),
        STEPS,
        call={"initial_state": states},
    )


INSIDE: dict[str, tuple[Any, Any, Any]] = {
    "dense": (lambda m: m.Dense(4, "tanh"), STEPS, MASK),
    "images": (lambda m: m.Conv2D(4, 2), IMAGES, IMAGE_MASK),
    "sequences": (lambda m: m.LSTM(4, return_sequences=True), numbers(2, 3, 4, 2), None),
    "last": (lambda m: m.GRU(4), numbers(2, 3, 4, 2), None),
}


@pytest.mark.parametrize("name", INSIDE)
def test_time_distributed(name: str) -> None:
    make, inputs, mask = INSIDE[name]
    compare_layer(lambda m: m.TimeDistributed(make(m)), inputs, mask=mask)


@LAYERS
def test_precisions(name: str) -> None:
    # pure bfloat16 left out: Keras' orthogonal initializer has no kernel for it
    compare_precisions(
        lambda m, policy: getattr(m, name)(4, dtype=policy),
        STEPS,
        policies=("float64", "float16", "mixed_bfloat16"),
    )


@LAYERS
def test_stateful_batches(name: str) -> None:
    ours = getattr(klayers, name)(4, stateful=True)
    theirs = getattr(keras.layers, name)(4, stateful=True)
    theirs(STEPS)
    ours(STEPS)
    ours.set_weights([w for w in theirs.get_weights() if w.shape != (2, 4)])
    ours.reset_state()
    theirs.reset_state()
    for seed in range(3):
        x = numbers(2, 5, 3, seed=seed)
        np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
def test_a_model_learns_alike(masked: bool) -> None:
    from twins import assert_equal_logs, assert_equal_weights, fit_both, pair

    def build(k: Any) -> Any:
        model = k.Sequential(
            [
                k.layers.Input((6,), dtype="int32"),
                k.layers.Embedding(9, 4, mask_zero=masked),
                k.layers.Bidirectional(k.layers.GRU(5, return_sequences=True)),
                k.layers.SimpleRNN(4, return_sequences=True),
                k.layers.TimeDistributed(k.layers.Dense(3, "tanh")),
                k.layers.LSTM(3),
                k.layers.Dense(1),
            ]
        )
        model.compile(k.optimizers.SGD(0.1), "mse")
        return model

    ours, theirs = pair(build)
    x = np.random.default_rng(1).integers(0, 9, (24, 6)).astype("int32")
    x[:, 0] = 1 + x[:, 0] % 8  # Keras gives NaN for rows without a step that counts
    y = numbers(24, 1, seed=2)
    assert_equal_logs(*fit_both(ours, theirs, x, y))
    assert_equal_weights(ours, theirs)


def test_a_file_of_ours_opens_in_keras(tmp_path: Any) -> None:
    x = kcore.Input((5, 3))
    y = klayers.Bidirectional(klayers.GRU(4, return_sequences=True))(x)
    y = klayers.TimeDistributed(klayers.Dense(3))(y)
    y = klayers.RNN([klayers.LSTMCell(4), klayers.GRUCell(2)])(y)
    model = kcore.Model(x, y)
    model.save(tmp_path / "m.h5")
    expected = model.predict(STEPS)
    for peer in (keras, tf_keras):
        theirs = peer.models.load_model(str(tmp_path / "m.h5"), compile=False)
        np.testing.assert_allclose(theirs.predict(STEPS, verbose=0), expected, 1e-4, 1e-5)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
def test_a_file_of_keras_opens_here(tmp_path: Any) -> None:
    for peer in (keras, tf_keras):
        layers = peer.layers
        x = layers.Input((5, 3))
        y = layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="sum")(x)
        y, state = layers.GRU(3, return_sequences=True, return_state=True)(y)
        y = layers.SimpleRNN(3, return_sequences=True)(y, initial_state=state)
        y = layers.TimeDistributed(layers.Dense(2))(y)
        y = layers.RNN([layers.LSTMCell(4), layers.LSTMCell(2)])(y)
        model = peer.Model(x, y)
        model.save(tmp_path / "m.h5")
        ours = kcore.models.load_model(tmp_path / "m.h5", compile=False)
        np.testing.assert_allclose(
            ours.predict(STEPS), model.predict(STEPS, verbose=0), rtol=1e-4, atol=1e-5
        )
