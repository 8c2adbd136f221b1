"""RNN: a cell moved along a sequence."""

from __future__ import annotations

from typing import Any

from kcore import Layer, components, ops, tree
from kcore.arguments import choice
from kcore.errors import ConfigurationError, NotBuiltError, ShapeError
from kcore.graph.symbolic import is_shape
from kcore.input_spec import InputSpec
from kcore.typing import Config, Shape, Tensor
from kcore.variable import Variable
from klayers.recurrent.memory import Memory, check_states
from klayers.recurrent.run_cell import check_cell, run_cell
from klayers.recurrent.stacked_rnn_cells import StackedRNNCells
from klayers.recurrent.states import (
    flat_shapes,
    map_shapes,
    output_shape,
    state_shapes,
    zero_states,
)


class RNN(Layer):
    """A recurrent network: a cell moved along the steps of a sequence.

    Masked steps repeat the last output and leave the states as they were.

    Args:
        cell: a cell, or a list of cells, one above the other. A cell has `state_size` (see
            `state_shapes`), `call(inputs, states)` giving the output and the list of new states,
            and may have `output_size`, `build`, `get_initial_state(batch_size)` and further
            arguments of `call`, `training` and `constants`.
        return_sequences: whether the output holds every step.
        return_state: whether the last states are returned too.
        go_backwards: whether steps are read from the last to the first; the output is in that
            order too.
        stateful: whether a batch starts from the states that the batch before ended with, row by
            row; needs a known batch size.
        unroll: True for no loop (a known number of steps, fast for few), a number above 1 for that
            many steps in a round of the loop.
        zero_output_for_mask: whether the output of masked steps is zero instead of the last one.
        **kwargs: see Layer; time_major: whether steps come before the batch in input and output.

    Shapes:
        input (batch, steps, ...), output (batch, *output size), or (batch, steps, *output size)
        with return_sequences; with return_state followed by the states.

    Raises:
        ConfigurationError: if the cell lacks what a cell needs, or a stateful layer meets an
            unknown batch size.
        ShapeError: if initial states do not fit.

    Example:
        >>> from klayers import LSTMCell
        >>> RNN([LSTMCell(8), LSTMCell(3)]).compute_output_shape((None, 20, 4))
        (None, 3)
    """

    supports_masking = True

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool | int = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else _made(cell)
        self.cell = check_cell(cell, owner)
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = getattr(cell, "dtype_policy", None)
        time_major = kwargs.pop("time_major", False)
        self.time_major = choice(time_major, "time_major", owner, (False, True))
        kwargs.pop("num_constants", None)
        super().__init__(**kwargs)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        if not isinstance(unroll, (bool, int)) or unroll < 0:
            raise ConfigurationError(
                f"{owner}: unroll must be True, False or a number of steps; received {unroll!r}."
            )
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.input_spec = InputSpec(min_ndim=3)
        self._memory: Memory | None = None

    @property
    def state_size(self) -> Any:
        """The cell's."""
        return self.cell.state_size

    @property
    def state_shapes(self) -> list[Any]:
        """The shape of each state without the batch, nested as the cell nests its states."""
        return state_shapes(self.state_size)

    @property
    def _batch_axis(self) -> int:
        return 1 if self.time_major else 0

    def build(
        self, sequences_shape: Any, initial_state_shape: Any = None, constants_shape: Any = None
    ) -> None:
        """Makes the cell's weights and, if stateful, room for the states."""
        shape = _first_shape(sequences_shape)
        batch = shape[self._batch_axis]
        self._build_cell((batch, *shape[2:]), constants_shape)
        if getattr(self.cell, "weights", None):
            self.input_spec = self._built_spec(shape)
        if self.stateful:
            shapes = self.state_shapes
            self._memory = Memory(shapes, batch, self.compute_dtype, self._describe())

    def _built_spec(self, shape: Shape) -> InputSpec:
        """What the layer accepts once its weights have a width."""
        return InputSpec(min_ndim=3, axes={-1: shape[-1]})

    def _build_cell(self, step_shape: Shape, constants_shape: Any = None) -> None:
        cell_input: Any = [step_shape, *constants_shape] if constants_shape else step_shape
        if isinstance(self.cell, Layer):
            self.cell.build_once(cell_input)
            for weight in self.cell.weights:
                weight.path = f"{self.name}/{weight.path}"
        elif hasattr(self.cell, "build"):
            self.cell.build(cell_input)

    def __call__(
        self, sequences: Any = None, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Calls the layer; `[sequences, *initial states, *constants]` is another way to write it.

        Args:
            sequences: (batch, steps, ...).
            initial_state: states before the first step, one or a list; zeros if None.
            constants: list of tensors that the cell gets at each step.
            **kwargs: further arguments of `call`.
        """
        if sequences is None:
            sequences = kwargs.pop("inputs", None)
        if isinstance(sequences, (list, tuple)):
            sequences, *others = sequences
            count = len(flat_shapes(self.state_shapes))
            if others and initial_state is None:
                initial_state, others = others[:count], others[count:]
            constants = others or constants
        if initial_state is not None:
            given = tree.flatten(initial_state)
            batch = _size(sequences, self._batch_axis)
            check_states(given, self.state_shapes, batch, self._describe())
            kwargs["initial_state"] = given
        if constants is not None:
            many = isinstance(constants, (list, tuple))
            kwargs["constants"] = list(constants) if many else [constants]
        return super().__call__(sequences, **kwargs)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor | None = None,
        training: bool = False,
        constants: Any = None,
    ) -> Any:
        """A sequence to the last output, or to the outputs of all steps.

        Args:
            sequences: (batch, steps, ...).
            initial_state: states before the first step; if None zeros, or what a stateful layer
                carries.
            mask: (batch, steps); where False a step does not count.
            training: whether dropout acts.
            constants: tensors that the cell gets at each step.
        """
        steps = self._in_loop_order(sequences)
        if mask is not None:
            mask = self._in_loop_order(ops.expand_dims(ops.cast(_first(mask), "bool"), -1))
        self._check_unroll(ops.shape(steps)[0])
        if self._memory is not None:
            steps = self._memory.require_batch(steps)
        states = self._first_states(steps, initial_state)
        options = {} if constants is None else {"constants": constants}
        outputs, last = run_cell(self.cell, steps, states, mask, training, self.unroll, **options)
        if mask is not None and self.zero_output_for_mask:
            outputs = ops.where(_spread(mask, ops.ndim(outputs)), outputs, ops.zeros_like(outputs))
        if self._memory is not None:
            self._memory.write(tree.flatten(last))
        if not self.return_sequences:
            result = outputs[-1]
        else:
            result = outputs if self.time_major else ops.swapaxes(outputs, 0, 1)
        return [result, *last] if self.return_state else result

    def _in_loop_order(self, values: Tensor) -> Tensor:
        """Steps first, and in the order in which they are read."""
        steps = values if self.time_major else ops.swapaxes(values, 0, 1)
        return ops.flip(steps, 0) if self.go_backwards else steps

    def _first_states(self, steps: Tensor, initial_state: Any) -> Any:
        if initial_state is None and self._memory is not None:
            return self._memory.read()
        if initial_state is None:
            return self._zero_states(steps)
        form = map_shapes(lambda _: None, self.state_shapes)
        given = [ops.cast(state, self.compute_dtype) for state in tree.flatten(initial_state)]
        return tree.pack_like(form, given)

    def _check_unroll(self, steps: Any) -> None:
        if self.unroll is True and not isinstance(steps, int):
            raise ShapeError(
                f"{self._describe()}: unroll=True needs a known number of steps. Give it in the "
                "shape of the Input, or use unroll=4 (steps in a round of the loop)."
            )

    def _zero_states(self, steps: Tensor) -> Any:
        return self.get_initial_state(ops.shape(steps)[1])

    def get_initial_state(self, batch_size: Any) -> Any:
        """The states before the first step of `batch_size` rows, as the cell gives them."""
        states = zero_states(self.cell, batch_size, self.compute_dtype)
        return tree.map_leaves(lambda state: ops.cast(state, self.compute_dtype), states)

    @property
    def states(self) -> list[Any]:
        """The variables that a stateful layer carries; None for each state of another."""
        if self._memory is not None:
            return self._memory.variables
        return [None for _ in flat_shapes(self.state_shapes)]

    def carried_variables(self) -> list[Variable]:
        """The states that a stateful layer carries from one batch to the next."""
        return [] if self._memory is None else self._memory.variables

    def reset_state(self, states: Any = None) -> None:
        """Forgets what a stateful layer carries.

        Args:
            states: arrays to start from, in the order of the states; zeros if None.

        Raises:
            ConfigurationError: if the layer is not stateful.
            NotBuiltError: if it has not met an input yet.
            ShapeError: if an array does not fit.
        """
        if not self.stateful:
            raise ConfigurationError(
                f"{self._describe()} carries no states to reset: make it with stateful=True."
            )
        if self._memory is None:
            raise NotBuiltError(f"{self._describe()} is not built, so it has no states to reset.")
        self._memory.reset(states)

    reset_states = reset_state

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The input's mask for sequences, none for the last output and for states."""
        mask = _first(previous_mask) if self.return_sequences else None
        states = [None for _ in flat_shapes(self.state_shapes)]
        return [mask, *states] if self.return_state else mask

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """See Shapes."""
        shape = _first_shape(sequences_shape)
        batch = shape[self._batch_axis]
        one, states = self._step_shapes((batch, *shape[2:]))
        lead = tuple(shape[:2]) if self.return_sequences else (batch,)
        output = (*lead, *one)
        if not self.return_state:
            return output
        return [output, *map_shapes(lambda size: (batch, *size), states)]

    def _step_shapes(self, step_shape: Shape) -> tuple[Shape, list[Any]]:
        """Of the output and the states of one step, without the batch."""
        return output_shape(self.cell), self.state_shapes

    def get_config(self) -> Config:
        """The arguments that make an equal layer."""
        config = super().get_config()
        if self.time_major:
            config["time_major"] = True
        return config


def _made(cell: Any) -> Any:
    """A cell from its saved form; an object as it is."""
    return components.get("layer", cell, "RNN.cell") if isinstance(cell, (str, dict)) else cell


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, (list, tuple)) else value


def _first_shape(shape: Any) -> Shape:
    return tuple(shape if is_shape(shape) else shape[0])


def _size(value: Any, axis: int) -> Any:
    sizes = value.shape.as_list() if hasattr(value.shape, "as_list") else value.shape
    return sizes[axis]


def _spread(mask: Tensor, rank: int) -> Tensor:
    """A mask (steps, batch, 1) with as many axes as what it chooses from."""
    for _ in range(rank - ops.ndim(mask)):
        mask = ops.expand_dims(mask, -1)
    return mask
