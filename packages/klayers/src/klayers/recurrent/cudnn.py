"""CuDNNLSTM and CuDNNGRU: the names of earlier Keras for LSTM and GRU with fixed functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import ops
from kcore.typing import Shape, Tensor
from klayers.recurrent.cell_layer import CellLayer, cell_options
from klayers.recurrent.gru_cell import GRUCell
from klayers.recurrent.lstm_cell import LSTMCell


class _TwoBiasesLSTMCell(LSTMCell):
    """LSTMCell with a bias for the input and one for the state, one behind the other."""

    def _bias_shape(self) -> Shape:
        return (8 * self.units,)

    def _first_bias(self) -> Any:
        first, units = self.bias_initializer, self.units
        if not self.unit_forget_bias:
            return first

        def values(shape: Shape, dtype: str) -> Tensor:
            ones = ops.ones((units,), dtype)
            return ops.concatenate(
                [first((5 * units,), dtype), ones, first((2 * units,), dtype)], 0
            )

        return values

    def input_bias(self) -> Any:
        """The sum of both."""
        size = 4 * self.units
        return self.bias[:size] + self.bias[size:]

    def own_bias(self, bias: Any) -> Any:
        """The bias of an LSTM becomes that of the input."""
        if bias.shape != (4 * self.units,):
            return bias
        return np.concatenate([bias, np.zeros_like(bias)])


class _FlatBiasGRUCell(GRUCell):
    """GRUCell whose two rows of biases are one behind the other."""

    def _bias_shape(self) -> Shape:
        return (6 * self.units,)

    def input_bias(self) -> Any:
        """The first half."""
        return self.bias[: 3 * self.units]

    def read_recurrent(self, dtype: Any) -> list[Tensor]:
        """The kernel of the state and the second half of the bias."""
        bias = self.bias[3 * self.units :]
        return [ops.cast(self.recurrent_kernel, dtype), ops.cast(bias, dtype)]

    def own_bias(self, bias: Any) -> Any:
        """The two rows of a GRU one behind the other."""
        return bias.reshape(-1)


class CuDNNLSTM(CellLayer):
    """LSTM with the arguments and weights that Keras 2 gave it on graphics cards; runs everywhere.

    Args:
        units: length of the state, at least 1.
        kernel_initializer: first values of the input's weights.
        recurrent_initializer: first values of the state's weights.
        bias_initializer: first values of the bias.
        unit_forget_bias: whether the forget gate's bias starts at 1.
        kernel_regularizer: adds to the loss from the input's weights.
        recurrent_regularizer: adds to the loss from the state's weights.
        bias_regularizer: adds to the loss from the bias.
        activity_regularizer: adds to the loss from the outputs.
        kernel_constraint: applied to the input's weights after each update.
        recurrent_constraint: applied to the state's weights after each update.
        bias_constraint: applied to the bias after each update.
        return_sequences: whether the output holds every step.
        return_state: whether the last states are returned too.
        stateful: whether a batch starts from the states the one before ended with.
        **kwargs: see LSTM.

    Shapes:
        as LSTM; bias (8 * units,): that of the input, then that of the state, whose sum is the bias
        of LSTM. `set_weights` takes the weights of an LSTM too, and the other way round.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> CuDNNLSTM(8).compute_output_shape((None, 20, 4))
        (None, 8)
    """

    def __init__(
        self,
        units: int,
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
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = _TwoBiasesLSTMCell(
            units,
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
            **cell_options(kwargs, "lstm_cell"),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )


class CuDNNGRU(CellLayer):
    """GRU with the arguments and weights that Keras 2 gave it on graphics cards; runs everywhere.

    Args:
        units: length of the state, at least 1.
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
        return_sequences: whether the output holds every step.
        return_state: whether the last state is returned too.
        stateful: whether a batch starts from the state the one before ended with.
        **kwargs: see GRU.

    Shapes:
        as GRU with reset_after; bias (6 * units,): that of the input, then that of the state.
        `set_weights` takes the weights of a GRU too, and the other way round.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> CuDNNGRU(8).compute_output_shape((None, 20, 4))
        (None, 8)
    """

    def __init__(
        self,
        units: int,
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
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = _FlatBiasGRUCell(
            units,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            **cell_options(kwargs, "gru_cell"),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
