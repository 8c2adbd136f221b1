"""What the cells of SimpleRNN, GRU and LSTM share."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore import Layer, activations, backend, ops, random, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Config, Shape, Tensor
from klayers.recurrent.states import flat_shapes, output_shape, state_shapes, zero_states
from klayers.recurrent.weights import (
    add_recurrent_weights,
    check_share,
    draw_masks,
    store_parts,
)

Masks = list[Tensor] | None


class BaseCell(Layer):
    """One step of a recurrent network; SimpleRNNCell, GRUCell and LSTMCell document the arguments.

    A step has two parts: `project`, the product with the input, which can be computed for all steps
    at once, and `advance`, which needs the state.
    """

    gates: ClassVar[int]
    gate_axis = -1
    activation: Any
    kernel: Any
    recurrent_kernel: Any
    bias: Any
    kernel_initializer: Any
    bias_initializer: Any

    def __init__(
        self,
        units: int,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        recurrent_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        recurrent_constraint: Any,
        bias_constraint: Any,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        self.implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self.units = shapes.as_tuple(units, 1, f"{type(self).__name__}: units")[0]
        self.use_bias = use_bias
        store_parts(
            self,
            activation=activation,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
        )
        self.dropout = check_share(dropout, self, "dropout")
        self.recurrent_dropout = check_share(recurrent_dropout, self, "recurrent_dropout")
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)
        self.state_size: Any = self.units
        self.output_size: Any = self.units

    def build(self, input_shape: Shape) -> None:
        """Makes the weights for the number of features."""
        width = self.gates * self.units
        add_recurrent_weights(
            self,
            (input_shape[-1], width),
            (self.units, width),
            self._bias_shape(),
            self._first_bias(),
        )
        self.input_spec = InputSpec(ndim=2, axes={-1: input_shape[-1]})

    def _bias_shape(self) -> Shape:
        return (self.gates * self.units,)

    def _first_bias(self) -> Any:
        return self.bias_initializer

    def get_initial_state(self, batch_size: Any = None) -> list[Tensor]:
        """Zeros, (batch_size, units) for each state."""
        every = flat_shapes(state_shapes(self.state_size))
        return [ops.zeros((batch_size, *shape), self.compute_dtype) for shape in every]

    def call(
        self, inputs: Tensor, states: Any = None, training: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """One step.

        Args:
            inputs: (batch, features).
            states: list of (batch, units); zeros if None.
            training: whether dropout acts.

        Returns:
            The output (batch, units) and the list of new states.
        """
        if states is None:
            states = zero_states(self, ops.shape(inputs)[0], self.compute_dtype)
        given = states if isinstance(states, (list, tuple)) else [states]
        states = [ops.cast(state, inputs.dtype) for state in given]  # also numbers from a file
        for_input, for_state = self._draw(inputs, states[0], training)
        projected = self.project(inputs, for_input)
        return self.advance(projected, states, self.read_recurrent(inputs.dtype), for_state)

    def run_sequence(
        self,
        steps: Tensor,
        states: list[Tensor],
        mask: Tensor | None,
        training: bool,
        unroll: bool | int,
        **_: Any,
    ) -> tuple[Tensor, list[Tensor]]:
        """All steps at once; see `run_cell`."""
        for_input, for_state = self._draw(steps[0], states[0], training)
        projected = self.project(steps, for_input)
        weights = self.read_recurrent(steps.dtype)
        if for_state is None and self.is_standard():

            def run(sequences: list[Any], first: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
                return self.run_kernel(sequences[0], weights, first, sequences[1], unroll)

            if training:
                outputs, last = backend.rnn.in_halves(run, [projected, mask], states)
            else:  # predict may be of one row, which has no halves
                outputs, last = run([projected, mask], states)
            return _zero_before_first(outputs, mask), last
        return backend.rnn.scan(
            lambda x, now: self.advance(x, now, weights, for_state),
            projected,
            states,
            mask,
            output_shape(self),
            unroll,
        )

    def _draw(self, inputs: Tensor, state: Tensor, training: bool) -> tuple[Masks, Masks]:
        """Dropout masks for input and state: one for each gate, or one for all."""
        each = self.implementation == 1 or self.recurrent_dropout > 0
        count = self.gates if each else 1
        return (
            draw_masks(self, inputs, self.dropout, count, training),
            draw_masks(self, state, self.recurrent_dropout, count, training),
        )

    def project(self, inputs: Tensor, masks: Masks) -> Tensor:
        """The gates' sums as far as the input gives them, (..., gates * units)."""
        sums = self.product(inputs, ops.cast(self.kernel, inputs.dtype), masks)
        bias = self.input_bias()
        return sums if bias is None else sums + ops.cast(bias, inputs.dtype)

    def product(self, values: Tensor, kernel: Tensor, masks: Masks) -> Tensor:
        """values . kernel; with a mask for each gate the gates see different values."""
        if masks is None:
            return self.multiply(values, kernel)
        if len(masks) == 1:
            return self.multiply(values * masks[0], kernel)
        pairs = zip(masks, ops.split(kernel, len(masks), -1), strict=True)
        return ops.concatenate(
            [self.product(values, part, [mask]) for mask, part in pairs], self.gate_axis
        )

    def multiply(self, values: Tensor, kernel: Tensor) -> Tensor:
        """values . kernel."""
        return ops.matmul(values, kernel)

    def input_bias(self) -> Any:
        """The bias that is added to the projection, or None."""
        return self.bias

    def read_recurrent(self, dtype: Any) -> list[Tensor]:
        """The weights that `advance` needs, read once for all steps."""
        return [ops.cast(self.recurrent_kernel, dtype)]

    def is_standard(self) -> bool:
        """Whether the kernel with the hand-written gradient computes this cell."""
        return self.activation is activations.tanh

    def own_bias(self, bias: Any) -> Any:
        """An array for the bias, converted where it has the form of the same layer's other kind."""
        return bias

    def run_kernel(
        self, projected: Tensor, weights: list[Tensor], states: list[Tensor], mask: Any, unroll: Any
    ) -> tuple[Tensor, list[Tensor]]:
        """Outputs of all steps and the last states, by that kernel."""
        raise NotImplementedError

    def advance(
        self, x: Tensor, states: list[Tensor], weights: list[Tensor], masks: Masks
    ) -> tuple[Tensor, list[Tensor]]:
        """Output and states after a step whose input was projected to x."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """The output and the list of states."""
        batch = input_shape[0]
        every = flat_shapes(state_shapes(self.state_size))
        return (batch, *output_shape(self)), [(batch, *shape) for shape in every]

    def get_config(self) -> Config:
        """The arguments that make an equal cell."""
        config = super().get_config()
        if self.implementation != 2:
            config["implementation"] = self.implementation
        return config


def _zero_before_first(outputs: Tensor, mask: Tensor | None) -> Tensor:
    """Steps that are masked before the first that counts have no output to repeat."""
    if mask is None:
        return outputs
    counted = backend.math.cumulative("cumsum", ops.cast(mask, "int32"), 0)
    return ops.where(counted > 0, outputs, ops.zeros_like(outputs))
