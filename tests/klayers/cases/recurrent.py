"""Cases of the conformance tests: recurrent layers, cells, and what wraps a layer."""

from __future__ import annotations

from typing import Any

import numpy as np

import klayers as kl

STEPS, IMAGES = (6, 3), (3, 6, 5, 2)


def _states(*widths: int) -> Any:
    """One row of states for every sample: from zeros a cell's state would not matter."""
    return [np.linspace(-0.5, 0.5, width, dtype="float32")[None] for width in widths]


# name, how to make it, shape of the input without the batch, dtype of the input, and for cells
# further arguments of the call
CASES: list[tuple[Any, ...]] = [
    ("bidirectional", lambda: kl.Bidirectional(kl.LSTM(4)), STEPS, "float32"),
    (
        "bidirectional_sum",
        lambda: kl.Bidirectional(kl.GRU(4, return_sequences=True), merge_mode="sum"),
        STEPS,
        "float32",
    ),
    (
        "bidirectional_both",
        lambda: kl.Bidirectional(kl.SimpleRNN(4, return_state=True), merge_mode=None),
        STEPS,
        "float32",
    ),
    (
        "bidirectional_pair",
        lambda: kl.Bidirectional(kl.GRU(4), backward_layer=kl.LSTM(3, go_backwards=True)),
        STEPS,
        "float32",
    ),
    ("conv_lstm1d", lambda: kl.ConvLSTM1D(2, 3), (3, 6, 2), "float32"),
    (
        "conv_lstm2d",
        lambda: kl.ConvLSTM2D(2, (3, 2), padding="same", return_sequences=True, return_state=True),
        IMAGES,
        "float32",
    ),
    (
        "conv_lstm2d_dropout",
        lambda: kl.ConvLSTM2D(2, 2, dropout=0.2, recurrent_dropout=0.2, go_backwards=True),
        IMAGES,
        "float32",
    ),
    ("conv_lstm3d", lambda: kl.ConvLSTM3D(2, 2), (3, 4, 3, 3, 2), "float32"),
    ("cudnn_gru", lambda: kl.CuDNNGRU(4), STEPS, "float32"),
    ("cudnn_lstm", lambda: kl.CuDNNLSTM(4, return_sequences=True), STEPS, "float32"),
    ("gru", lambda: kl.GRU(4), STEPS, "float32"),
    ("gru_before", lambda: kl.GRU(4, reset_after=False, return_sequences=True), STEPS, "float32"),
    (
        "gru_dropout",
        lambda: kl.GRU(4, dropout=0.3, recurrent_dropout=0.3, return_state=True),
        STEPS,
        "float32",
    ),
    (
        "gru_before_dropout",
        lambda: kl.GRU(4, reset_after=False, recurrent_dropout=0.3, use_bias=False),
        STEPS,
        "float32",
    ),
    ("gru_cell", lambda: kl.GRUCell(4), (3,), "float32", {"states": _states(4)}),
    ("gru_list", lambda: kl.GRU(4), [STEPS, (4,)], "float32"),
    ("lstm", lambda: kl.LSTM(4), STEPS, "float32"),
    (
        "lstm_sequences",
        lambda: kl.LSTM(4, return_sequences=True, go_backwards=True),
        STEPS,
        "float32",
    ),
    ("lstm_state", lambda: kl.LSTM(4, return_state=True, use_bias=False), STEPS, "float32"),
    (
        "lstm_other",
        lambda: kl.LSTM(4, activation="relu", recurrent_activation="hard_sigmoid"),
        STEPS,
        "float32",
    ),
    ("lstm_unrolled", lambda: kl.LSTM(4, unroll=True), STEPS, "float32"),
    ("lstm_blocks", lambda: kl.LSTM(4, unroll=4, return_sequences=True), STEPS, "float32"),
    ("lstm_dropout", lambda: kl.LSTM(4, dropout=0.3, implementation=1), STEPS, "float32"),
    ("lstm_cell", lambda: kl.LSTMCell(4), (3,), "float32", {"states": _states(4, 4)}),
    ("lstm_list", lambda: kl.LSTM(4, return_state=True), [STEPS, (4,), (4,)], "float32"),
    ("rnn", lambda: kl.RNN(kl.LSTMCell(4), return_sequences=True), STEPS, "float32"),
    (
        "rnn_stacked",
        lambda: kl.RNN([kl.LSTMCell(4), kl.GRUCell(3)], return_state=True),
        STEPS,
        "float32",
    ),
    ("simple_rnn", lambda: kl.SimpleRNN(4), STEPS, "float32"),
    (
        "simple_rnn_other",
        lambda: kl.SimpleRNN(4, "relu", return_state=True, zero_output_for_mask=True),
        STEPS,
        "float32",
    ),
    ("simple_rnn_cell", lambda: kl.SimpleRNNCell(4), (3,), "float32", {"states": _states(4)}),
    (
        "stacked_cells",
        lambda: kl.StackedRNNCells([kl.LSTMCell(4), kl.SimpleRNNCell(3)]),
        (3,),
        "float32",
        {"states": [_states(4, 4), _states(3)]},
    ),
    ("time_distributed", lambda: kl.TimeDistributed(kl.Dense(4)), STEPS, "float32"),
    ("time_distributed_images", lambda: kl.TimeDistributed(kl.Conv2D(4, 2)), IMAGES, "float32"),
    ("time_distributed_lstm", lambda: kl.TimeDistributed(kl.LSTM(4)), (2, *STEPS), "float32"),
    ("wrapper", lambda: kl.Wrapper(kl.Dense(4)), (3,), "float32"),
]
