"""Recurrent layers and wrappers: errors name the layer, what it expected, what came, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, Sequential
from kcore.errors import ConfigurationError, KcoreError, NotBuiltError, ShapeError

X = np.zeros((2, 4, 3), "float32")

ARGUMENTS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.SimpleRNN(0), ("SimpleRNN", "units", "0")),
    (lambda: kl.GRU(2.5), ("GRU", "units", "2.5")),
    (lambda: kl.GRU(3, dropout=1.0), ("GRU", "dropout", "1.0")),
    (lambda: kl.LSTMCell(3, recurrent_dropout="a"), ("LSTMCell", "recurrent_dropout", "'a'")),
    (lambda: kl.LSTM(3, unroll=-2), ("LSTM", "unroll", "-2")),
    (lambda: kl.LSTM(3, recurent_dropout=0.1), ("LSTM", "'recurent_dropout'", "units")),
    (lambda: kl.CuDNNGRU("3"), ("units", "'3'")),
    (lambda: kl.ConvLSTM2D(0, 3), ("ConvLSTM2D", "filters", "0")),
    (lambda: kl.ConvLSTM2D(2, (3, 3, 3)), ("ConvLSTM2D", "kernel_size", "(3, 3, 3)")),
    (lambda: kl.ConvLSTM1D(2, 3, padding="causal"), ("ConvLSTM1D", "padding", "'causal'", "same")),
    (lambda: kl.RNN(kl.Dense(3)), ("RNN", "cell", "state_size", "LSTMCell")),
    (lambda: kl.RNN(7), ("RNN", "cell", "7", "call", "state_size")),
    (lambda: kl.RNN([]), ("StackedRNNCells", "cell")),
    (lambda: kl.StackedRNNCells([kl.GRUCell(2), 3]), ("StackedRNNCells", "3", "state_size")),
    (lambda: kl.TimeDistributed(3), ("TimeDistributed", "layer", "3", "Dense")),
    (lambda: kl.Wrapper("dense"), ("Wrapper", "layer", "'dense'")),
    (lambda: kl.Bidirectional(kl.Dense(3)), ("Bidirectional", "Dense", "go_backwards", "LSTM")),
    (lambda: kl.Bidirectional(kl.LSTM(3), "max"), ("merge_mode", "'max'", "concat")),
    (
        lambda: kl.Bidirectional(kl.LSTM(3), backward_layer=kl.LSTM(3)),
        ("Bidirectional", "go_backwards=False", "directions"),
    ),
    (
        lambda: kl.Bidirectional(
            kl.LSTM(3, return_sequences=True), backward_layer=kl.LSTM(3, go_backwards=True)
        ),
        ("Bidirectional", "return_sequences=True", "return_sequences=False"),
    ),
]


@pytest.mark.parametrize(("make", "facts"), ARGUMENTS)
def test_arguments_that_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


CALLS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.LSTM(3, name="it")(X[0]), ("it", "LSTM", "3 axes", "steps")),
    (lambda: kl.ConvLSTM2D(2, 3, name="it")(X), ("it", "ConvLSTM2D", "5 axes")),
    (lambda: kl.ConvLSTM1D(2, 9)(np.zeros((1, 2, 4, 1), "f")), ("9", "4", "same")),
    (lambda: kl.LSTM(3, name="it")(X, initial_state=X[:, 0]), ("it", "2 state(s)", "received 1")),
    (
        lambda: kl.GRU(3, name="it")(X, initial_state=np.zeros((2, 5), "f")),
        ("it", "initial state 0", "(2, 3)", "(2, 5)"),
    ),
    (
        lambda: kl.GRU(3, name="it")(Input((4, 3)), initial_state=Input((5,))),
        ("it", "initial state 0", "(None, 3)", "(None, 5)"),
    ),
    (
        lambda: kl.Bidirectional(kl.GRU(3), name="it")(X, initial_state=[np.zeros((2, 3), "f")]),
        ("it", "backward", "received 1"),
    ),
]


@pytest.mark.parametrize(("call", "facts"), CALLS)
def test_inputs_that_do_not_fit(call: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        call()
    for fact in facts:
        assert fact in str(caught.value)


def test_stateful_layers_need_a_batch_size() -> None:
    for layer in (kl.GRU(3, stateful=True, name="it"), kl.RNN(kl.GRUCell(3), stateful=True)):
        with pytest.raises(ConfigurationError) as caught:
            layer(Input((4, 3)))
        for fact in (layer.name, "stateful", "batch size", "None", "batch_shape"):
            assert fact in str(caught.value)


def test_stateful_layers_refuse_batches_of_another_size() -> None:
    layer = kl.GRU(3, stateful=True, name="it")
    layer(X)
    with pytest.raises(ShapeError) as caught:
        layer(X[:1])
    for fact in ("it", "stateful", "2 rows", "1 rows", "batch_size"):
        assert fact in str(caught.value)
    model = Sequential([Input(batch_shape=(2, 4, 3)), kl.LSTM(3, stateful=True, name="it")])
    model.compile("sgd", "mse")
    assert model.predict(X, batch_size=2).shape == (2, 3)
    for run in (
        lambda: model.predict(np.zeros((5, 4, 3), "float32"), batch_size=2),
        lambda: model.fit(np.zeros((5, 4, 3)), np.zeros((5, 3)), batch_size=2, verbose=0),
    ):
        # the size is known only when the compiled code runs, so the error is the device's
        with pytest.raises(Exception, match=r"it.* is stateful.*batches of 2 rows.*batch_size"):
            run()


def test_states_that_cannot_be_reset() -> None:
    with pytest.raises(ConfigurationError, match=r"'it'.*stateful=True"):
        kl.LSTM(3, name="it").reset_state()
    layer = kl.LSTM(3, stateful=True, name="it")
    with pytest.raises(NotBuiltError, match="'it'"):
        layer.reset_state()
    layer(X)
    with pytest.raises(ShapeError, match=r"'it'.*2 state.*received 1"):
        layer.reset_state([np.zeros((2, 3))])
    with pytest.raises(ShapeError, match=r"'it'.*\(2, 3\).*\(5, 3\)"):
        layer.reset_state([np.zeros((5, 3)), np.zeros((2, 3))])


def test_unrolling_needs_a_known_number_of_steps() -> None:
    model = Sequential([Input((None, 3)), kl.GRU(2, unroll=True, name="it"), kl.Dense(1)])
    model.predict(X)
    with pytest.raises(ShapeError) as caught:
        model.predict(np.zeros((2, 9, 3), "float32"))  # a second length makes it unknown
    for fact in ("it", "unroll=True", "steps", "unroll=4"):
        assert fact in str(caught.value)


def test_weights_of_another_width() -> None:
    layer = kl.CuDNNGRU(3, name="it")
    layer(X)
    with pytest.raises(ShapeError, match=r"\(18,\)"):
        layer.set_weights([*layer.get_weights()[:2], np.zeros(7, "float32")])
    with pytest.raises(KcoreError, match="3 weights"):
        layer.set_weights([])
