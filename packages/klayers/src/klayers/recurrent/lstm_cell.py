"""LSTMCell: one step of a memory whose gates open and close."""

from __future__ import annotations

from typing import Any

from kcore import activations, backend, ops
from kcore.typing import Tensor
from klayers.recurrent.base_cell import BaseCell, Masks
from klayers.recurrent.weights import ones_for_forget, store_parts


class LSTMCell(BaseCell):
    """One step of LSTM: long short-term memory (Hochreiter and Schmidhuber, 1997).

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
        kernel_constraint: applied to the input's weights after each update.
        recurrent_constraint: applied to the state's weights after each update.
        bias_constraint: applied to the bias after each update.
        dropout: share of the input's features dropped, from 0, below 1.
        recurrent_dropout: share of the state dropped, from 0, below 1.
        seed: of the dropout; drawn from the global stream if None.
        **kwargs: see Layer; implementation (1: a dropout mask for each gate).

    Shapes:
        input (batch, features) and a list of states, (batch, units) each; output (batch, units) and
        the list of new states. Weights kernel
        (features, 4 * units), recurrent_kernel (units, 4 * units), bias (4 * units,).

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> LSTMCell(8).compute_output_shape((None, 4))
        ((None, 8), [(None, 8), (None, 8)])
    """

    gates = 4
    recurrent_activation: Any

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **kwargs,
        )
        store_parts(self, recurrent_activation=recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [self.units, self.units]

    def _first_bias(self) -> Any:
        first = self.bias_initializer
        return ones_for_forget(first, self.units) if self.unit_forget_bias else first

    def own_bias(self, bias: Any) -> Any:
        """CuDNNLSTM keeps two biases (8 * units,), of which only the sum matters."""
        size = 4 * self.units
        return bias[:size] + bias[size:] if bias.shape == (2 * size,) else bias

    def is_standard(self) -> bool:
        """Whether gates and candidate have the functions that the kernel computes."""
        return super().is_standard() and self.recurrent_activation is activations.sigmoid

    def run_kernel(
        self, projected: Tensor, weights: list[Tensor], states: list[Tensor], mask: Any, unroll: Any
    ) -> tuple[Tensor, list[Tensor]]:
        """By the kernel for sigmoid and tanh."""
        outputs, *last = backend.rnn.lstm(projected, weights[0], states[0], states[1], mask, unroll)
        return outputs, last

    def advance(
        self, x: Tensor, states: list[Tensor], weights: list[Tensor], masks: Masks
    ) -> tuple[Tensor, list[Tensor]]:
        """Hidden state and memory after one step."""
        hidden, cell = states
        sums = ops.split(x + self.product(hidden, weights[0], masks), 4, self.gate_axis)
        i, f, o = (self.recurrent_activation(sums[place]) for place in (0, 1, 3))
        cell = f * cell + i * self.activation(sums[2])
        hidden = o * self.activation(cell)
        return hidden, [hidden, cell]
