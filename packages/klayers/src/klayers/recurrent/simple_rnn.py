"""SimpleRNN: a recurrent layer without gates."""

from __future__ import annotations

from typing import Any

from klayers.recurrent.cell_layer import CellLayer, cell_options
from klayers.recurrent.simple_rnn_cell import SimpleRNNCell


class SimpleRNN(CellLayer):
    """A recurrent network without gates (Elman, 1990).

    h = activation(x . kernel + h . recurrent_kernel + bias).

    Args:
        units: length of the state, at least 1.
        activation: of the sum.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the input's weights.
        recurrent_initializer: first values of the state's weights.
        bias_initializer: first values of the bias.
        kernel_regularizer: adds to the loss from the input's weights.
        recurrent_regularizer: adds to the loss from the state's weights.
        bias_regularizer: adds to the loss from the bias.
        activity_regularizer: adds to the loss from the outputs.
        kernel_constraint: applied to the input's weights after each update.
        recurrent_constraint: applied to the state's weights after each update.
        bias_constraint: applied to the bias after each update.
        dropout: share of the input's features dropped, from 0, below 1; the same in all steps.
        recurrent_dropout: share of the state dropped, from 0, below 1; the same in all steps.
        return_sequences: whether the output holds every step.
        return_state: whether the last states are returned too.
        go_backwards: whether steps are read from the last to the first.
        stateful: whether a batch starts from the states the one before ended with.
        unroll: True for no loop (a known number of steps), a number for that many steps a round.
        seed: of the dropout; drawn from the global stream if None.
        **kwargs: see RNN and Layer; implementation=1 draws a dropout mask for each gate, use_cudnn
            is taken and changes nothing.

    Shapes:
        input (batch, steps, features), output (batch, units), or (batch, steps, units) with
        return_sequences; with return_state followed by the states, (batch, units) each. Weights
        kernel (features, units), recurrent_kernel (units, units), bias (units,).

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> SimpleRNN(8).compute_output_shape((None, 20, 4))
        (None, 8)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool | int = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = SimpleRNNCell(
            units=units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **cell_options(kwargs, "simple_rnn_cell"),
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
