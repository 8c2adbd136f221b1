"""LSTM: a recurrent layer with a memory that gates open and close."""

from __future__ import annotations

from typing import Any

from kcore import (
    Layer,
    activations,
    backend,
    constraints,
    initializers,
    ops,
    random,
    regularizers,
    shapes,
)
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class LSTM(Layer):
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
        kernel_constraint: applied to the input's weights after each update.
        recurrent_constraint: applied to the state's weights after each update.
        bias_constraint: applied to the bias after each update.
        dropout: share of the input's features dropped, the same in all steps.
        recurrent_dropout: share of the state dropped, the same in all steps.
        return_sequences: whether the output holds every step.
        return_state: whether the last states are returned too.
        go_backwards: whether steps are read from the last to the first.
        **kwargs: see Layer.

    Shapes:
        input (batch, steps, features), output (batch, units), or (batch, steps, units) with
        return_sequences; with return_state followed by h and c, (batch, units) each. Weights kernel
        (features, 4 * units), recurrent_kernel (units, 4 * units), bias (4 * units,).

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = shapes.as_tuple(units, 1, "LSTM: units")[0]
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.unit_forget_bias = unit_forget_bias
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = _share(dropout, "dropout")
        self.recurrent_dropout = _share(recurrent_dropout, "recurrent_dropout")
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Makes the weights for the number of features."""
        self.kernel = self.add_weight(
            (input_shape[-1], 4 * self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, 4 * self.units),
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            name="recurrent_kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (4 * self.units,),
                self._first_bias if self.unit_forget_bias else self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=3, axes={-1: input_shape[-1]})

    def _first_bias(self, shape: Shape, dtype: str) -> Tensor:
        """The initializer's values, ones for the forget gate."""
        first = self.bias_initializer
        parts = [
            first((self.units,), dtype),
            ops.ones((self.units,), dtype),
            first((2 * self.units,), dtype),
        ]
        return ops.concatenate(parts, 0)

    def call(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        training: bool = False,
        initial_state: Any = None,
    ) -> Any:
        """(batch, steps, features) to the last state, or to the states of all steps.

        Args:
            inputs: the sequences.
            mask: (batch, steps); where False the states stay as they were.
            training: whether dropout acts.
            initial_state: h and c before the first step, (batch, units) each; zeros if None.
        """
        steps_first = ops.transpose(inputs, (1, 0, 2))
        if mask is not None:
            mask = ops.expand_dims(ops.transpose(ops.cast(mask, "bool"), (1, 0)), -1)
        if self.go_backwards:
            steps_first = ops.flip(steps_first, 0)
            mask = None if mask is None else ops.flip(mask, 0)
        hidden, cell = self._first_state(inputs, initial_state)
        if training and self.dropout:
            keep = random.dropout(
                ops.ones_like(steps_first[:1]), self.dropout, seed=self.seed_generator
            )
            steps_first = steps_first * keep
        projected = ops.matmul(steps_first, ops.cast(self.kernel, self.compute_dtype))
        if self.bias is not None:
            projected = projected + ops.cast(self.bias, self.compute_dtype)
        recurrent = ops.cast(self.recurrent_kernel, self.compute_dtype)
        if self._is_standard() and not (training and self.recurrent_dropout):
            outputs, hidden, cell = backend.rnn.lstm(projected, recurrent, hidden, cell, mask)
        else:
            keep = None
            if training and self.recurrent_dropout:
                keep = random.dropout(
                    ops.ones_like(hidden), self.recurrent_dropout, seed=self.seed_generator
                )
            outputs, (hidden, cell) = backend.rnn.scan(
                lambda x, states: self._step(x, states, recurrent, keep),
                projected,
                (hidden, cell),
                mask,
            )
        result = ops.transpose(outputs, (1, 0, 2)) if self.return_sequences else hidden
        return [result, hidden, cell] if self.return_state else result

    def _first_state(self, inputs: Tensor, initial_state: Any) -> tuple[Tensor, Tensor]:
        if initial_state is not None:
            hidden, cell = initial_state
            return hidden, cell
        zeros = ops.zeros((ops.shape(inputs)[0], self.units), self.compute_dtype)
        return zeros, zeros

    def _is_standard(self) -> bool:
        """Whether the kernel with the hand-written gradient computes this layer."""
        standard = (activations.tanh, activations.sigmoid)
        return (self.activation, self.recurrent_activation) == standard

    def _step(
        self, x: Tensor, states: tuple[Tensor, Tensor], recurrent: Tensor, keep: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One step, from the projected input and the states."""
        hidden, cell = states
        if keep is not None:
            hidden = hidden * keep
        i, f, g, o = ops.split(x + ops.matmul(hidden, recurrent), 4, -1)
        i, f, o = (self.recurrent_activation(gate) for gate in (i, f, o))
        cell = f * cell + i * self.activation(g)
        hidden = o * self.activation(cell)
        return hidden, (hidden, cell)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The input's mask for sequences, none for the last state."""
        mask = previous_mask[0] if isinstance(previous_mask, list) else previous_mask
        mask = mask if self.return_sequences else None
        return [mask, None, None] if self.return_state else mask

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """See Shapes."""
        batch, steps, _ = input_shape
        state = (batch, self.units)
        output = (batch, steps, self.units) if self.return_sequences else state
        return [output, state, state] if self.return_state else output


def _share(value: Any, name: str) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise ConfigurationError(f"LSTM: {name} must be from 0, below 1; received {value!r}.")
    return value
