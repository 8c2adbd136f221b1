"""GRUCell: one step of a gated recurrent unit."""

from __future__ import annotations

from typing import Any

from kcore import activations, backend, ops
from kcore.typing import Shape, Tensor
from klayers.recurrent.base_cell import BaseCell, Masks
from klayers.recurrent.weights import store_parts


class GRUCell(BaseCell):
    """One step of GRU: gated recurrent unit (Cho et al., 2014).

    z, r = recurrent_activation of the gates' sums; the candidate is g = activation(x . kernel + r *
    (h . recurrent_kernel)) with reset_after, activation(x . kernel + (r * h) . recurrent_kernel)
    without; h = z * h + (1 - z) * g. Gates are stored in the order z, r, g.

    Args:
        units: length of the state, at least 1.
        activation: of the candidate.
        recurrent_activation: of the gates.
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
        reset_after: whether the reset gate acts after the product with the state.
        seed: of the dropout; drawn from the global stream if None.
        **kwargs: see Layer; implementation (1: a dropout mask for each gate).

    Shapes:
        input (batch, features) and a list of states, (batch, units) each; output (batch, units) and
        the list of new states. Weights kernel (features, 3 * units),
        recurrent_kernel (units, 3 * units), bias (2, 3 * units): a row for the input and one for
        the state, or (3 * units,) without reset_after.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> GRUCell(8).compute_output_shape((None, 4))
        ((None, 8), [(None, 8)])
    """

    gates = 3
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
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
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
        self.reset_after = reset_after

    def _bias_shape(self) -> Shape:
        width = 3 * self.units
        return (2, width) if self.reset_after else (width,)

    def input_bias(self) -> Any:
        """The bias of the input: its row with reset_after."""
        return self.bias[0] if self.reset_after and self.bias is not None else self.bias

    def read_recurrent(self, dtype: Any) -> list[Tensor]:
        """The kernel of the state and, with reset_after, its bias."""
        kernel = ops.cast(self.recurrent_kernel, dtype)
        if not self.reset_after:
            return [kernel]
        if self.bias is None:
            return [kernel, ops.zeros((3 * self.units,), dtype)]
        return [kernel, ops.cast(self.bias[1], dtype)]

    def own_bias(self, bias: Any) -> Any:
        """CuDNNGRU keeps both rows one behind the other, (6 * units,)."""
        both = self.reset_after and bias.shape == (6 * self.units,)
        return bias.reshape(2, 3 * self.units) if both else bias

    def is_standard(self) -> bool:
        """Whether gates and candidate have the functions that the kernels compute."""
        return super().is_standard() and self.recurrent_activation is activations.sigmoid

    def run_kernel(
        self, projected: Tensor, weights: list[Tensor], states: list[Tensor], mask: Any, unroll: Any
    ) -> tuple[Tensor, list[Tensor]]:
        """By the kernel of this form."""
        kernel, state = weights[0], states[0]
        if self.reset_after:
            outputs, last = backend.rnn.gru(projected, kernel, weights[1], state, mask, unroll)
        else:
            outputs, last = backend.rnn.gru_reset_first(projected, kernel, state, mask, unroll)
        return outputs, [last]

    def advance(
        self, x: Tensor, states: list[Tensor], weights: list[Tensor], masks: Masks
    ) -> tuple[Tensor, list[Tensor]]:
        """The state after one step."""
        hidden = states[0]
        x_gates, x_candidate = ops.split(x, [2 * self.units], -1)
        if self.reset_after:
            product = self.product(hidden, weights[0], masks) + weights[1]
            from_gates, from_candidate = ops.split(product, [2 * self.units], -1)
            z, r = ops.split(self.recurrent_activation(x_gates + from_gates), 2, -1)
            candidate = self.activation(x_candidate + r * from_candidate)
        else:
            for_gates, for_candidate = ops.split(weights[0], [2 * self.units], 1)
            first, last = (masks[:2], masks[2:]) if masks and len(masks) == 3 else (masks, masks)
            gates = self.product(hidden, for_gates, first)
            z, r = ops.split(self.recurrent_activation(x_gates + gates), 2, -1)
            candidate = self.activation(x_candidate + self.product(r * hidden, for_candidate, last))
        hidden = z * hidden + (1 - z) * candidate
        return hidden, [hidden]
