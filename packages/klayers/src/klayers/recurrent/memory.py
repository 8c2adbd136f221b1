"""What a stateful layer carries from one batch to the next."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import backend, ops, tree
from kcore.errors import ConfigurationError, ShapeError
from kcore.typing import Shape, Tensor
from kcore.variable import Variable
from klayers.recurrent.states import flat_shapes, map_shapes


class Memory:
    """The last states of a stateful layer, in variables that are no weights: no file holds them.

    Args:
        shapes: nested list of shapes of the states without the batch.
        batch_size: rows of a batch, the same in all batches; None raises.
        dtype: of the states.
        owner: the layer, for messages.

    Raises:
        ConfigurationError: if the batch size is not known.
    """

    def __init__(self, shapes: Any, batch_size: int | None, dtype: str, owner: str) -> None:
        if batch_size is None:
            raise ConfigurationError(
                f"{owner} is stateful, so it needs to know the batch size, but received None. Give "
                "Input(batch_shape=(32, ...)), or batch_input_shape=(32, ...) to the first layer."
            )
        self._owner = owner

        def zeros(shape: Shape) -> Variable:
            first = np.array(0.0)
            return Variable(first, (batch_size, *shape), dtype, trainable=False, name="state")

        self.states = map_shapes(zeros, shapes)

    @property
    def variables(self) -> list[Variable]:
        """The states one after the other."""
        return tree.flatten(self.states)

    def require_batch(self, steps: Tensor) -> Tensor:
        """The steps of a sequence (steps, batch, ...), if the batch has the size of the states.

        Raises:
            ShapeError: if it has another; inside compiled code the run fails with the same message.
        """
        wanted = self.variables[0].shape[0]
        found = ops.shape(steps)[1]
        message = (
            f"{self._owner} is stateful and carries states for batches of {wanted} rows; received "
            "a batch of another size. Pass batch_size to fit, evaluate and predict, and a multiple "
            "of it as the number of rows."
        )
        if isinstance(found, int) and found != wanted:
            raise ShapeError(f"{message} It has {found} rows.")
        return (
            steps
            if isinstance(found, int)
            else backend.rnn.require_batch(steps, wanted or 0, message)
        )

    def read(self) -> Any:
        """The states as tensors, nested."""
        return tree.map_leaves(lambda variable: variable.value, self.states)

    def write(self, states: list[Tensor]) -> None:
        """Keeps the states that a batch ended with."""
        for variable, state in zip(self.variables, states, strict=True):
            variable.assign(state)

    def reset(self, states: Any = None) -> None:
        """Sets the states to zeros, or to the given arrays; see `RNN.reset_state`."""
        own = self.variables
        given = (
            [ops.zeros(v.shape, v.dtype) for v in own] if states is None else tree.flatten(states)
        )
        check_count(len(given), len(own), self._owner)
        for variable, value in zip(own, given, strict=True):
            if tuple(value.shape) != variable.shape:
                raise ShapeError(
                    f"{self._owner}: a state has shape {variable.shape}; reset_state received an "
                    f"array of shape {tuple(value.shape)}."
                )
        self.write(given)


def check_count(given: int, wanted: int, owner: str) -> None:
    """Checks the number of states.

    Raises:
        ShapeError: if it is another.
    """
    if given != wanted:
        raise ShapeError(f"{owner} has {wanted} state(s); received {given}. Pass one array each.")


def check_states(states: list[Any], shapes: Any, batch_size: Any, owner: str) -> None:
    """Checks the number and the shapes of initial states.

    Raises:
        ShapeError: if one does not fit.
    """
    wanted = flat_shapes(shapes)
    check_count(len(states), len(wanted), owner)
    for place, (state, shape) in enumerate(zip(states, wanted, strict=True)):
        found = state.shape.as_list() if hasattr(state.shape, "as_list") else state.shape
        expected = (batch_size, *shape)
        fits = len(found) == len(expected) and all(
            a is None or b is None or a == b for a, b in zip(found, expected, strict=True)
        )
        if not fits:
            raise ShapeError(
                f"{owner}: initial state {place} must have shape {expected}; received "
                f"{tuple(found)}."
            )
