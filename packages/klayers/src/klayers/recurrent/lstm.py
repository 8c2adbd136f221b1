"""LSTM: a recurrent layer with a memory that gates open and close."""

from __future__ import annotations

from typing import Any

from klayers.recurrent.cell_layer import CellLayer, cell_options
from klayers.recurrent.lstm_cell import LSTMCell


class LSTM(CellLayer):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate by Gers et al., 2000).

    i, f, o = recurrent_activation of the gates' sums, g = activation of the candidate's;
    c = f * c + i * g; h = o * activation(c). Gates are stored in the order i, f, g, o.

    Args:
        units: length of the state, at least 1.
        activation: of candidate and output.
        recurrent_activation: of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the input's weights.
        recurrent_initializer: first values of the state's weights.
        bias_initializer: first values of the bias.
        unit_forget_bias: whether the forget gate's bias starts at 1 (Jozefowicz et al., 2015).
        kernel_regularizer: adds to the loss from the input's weights.
        recurrent_regularizer: adds to the loss from the state's weights.
        bias_regularizer: adds to the loss from the bias.
        activity_regularizer: adds to the loss from the outputs.
        kernel_constraint: applied to the input's weights after each update.
        recurrent_constraint: applied to the state's weights after each update.
        bias_constraint: applied to the bias after each update.
        dropout: share of the input's features dropped, from 0, below 1; the same in all steps.
        recurrent_dropout: share of the state dropped, from 0, below 1; the same in all steps.
        seed: of the dropout; drawn from the global stream if None.
        return_sequences: whether the output holds every step.
        return_state: whether the last states are returned too.
        go_backwards: whether steps are read from the last to the first.
        stateful: whether a batch starts from the states the one before ended with.
        unroll: True for no loop (a known number of steps), a number for that many steps a round.
        **kwargs: see RNN and Layer; implementation=1 draws a dropout mask for each gate, use_cudnn
            is taken and changes nothing.

    Shapes:
        input (batch, steps, features), output (batch, units), or (batch, steps, units) with
        return_sequences; with return_state followed by the states, (batch, units) each. Weights
        kernel (features, 4 * units), recurrent_kernel (units, 4 * units), bias (4 * units,).

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> LSTM(8).compute_output_shape((None, 20, 4))
        (None, 8)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool | int = False,
        **kwargs: Any,
    ) -> None:
        cell = LSTMCell(
            units=units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **cell_options(kwargs, "lstm_cell"),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
