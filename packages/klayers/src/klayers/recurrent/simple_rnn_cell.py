"""SimpleRNNCell: one step of a network without gates."""

from __future__ import annotations

from typing import Any

from kcore import backend
from kcore.typing import Tensor
from klayers.recurrent.base_cell import BaseCell, Masks


class SimpleRNNCell(BaseCell):
    """One step of SimpleRNN: a recurrent network without gates (Elman, 1990).

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
        (features, units), recurrent_kernel (units, units), bias (units,).

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> SimpleRNNCell(8).compute_output_shape((None, 4))
        ((None, 8), [(None, 8)])
    """

    gates = 1

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

    def run_kernel(
        self, projected: Tensor, weights: list[Tensor], states: list[Tensor], mask: Any, unroll: Any
    ) -> tuple[Tensor, list[Tensor]]:
        """By the kernel for tanh."""
        outputs, last = backend.rnn.simple_rnn(projected, weights[0], states[0], mask, unroll)
        return outputs, [last]

    def advance(
        self, x: Tensor, states: list[Tensor], weights: list[Tensor], masks: Masks
    ) -> tuple[Tensor, list[Tensor]]:
        """h = activation(x + h . recurrent_kernel)."""
        hidden = self.activation(x + self.product(states[0], weights[0], masks))
        return hidden, [hidden]
