"""A cell over a whole sequence: at once where the cell can, else step by step."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, runtime_checkable

from kcore import backend, ops, tree
from kcore.errors import ConfigurationError
from kcore.typing import Tensor
from klayers.recurrent.states import output_shape


@runtime_checkable
class RunsSequences(Protocol):
    """A cell that can run over a whole sequence faster than step by step."""

    def run_sequence(
        self,
        steps: Tensor,
        states: list[Any],
        mask: Tensor | None,
        training: bool,
        unroll: bool | int,
        **constants: Any,
    ) -> tuple[Tensor, list[Any]]:
        """Outputs of all steps and the last states; see `run_cell`."""
        ...


def run_cell(
    cell: Any,
    steps: Tensor,
    states: list[Any],
    mask: Tensor | None,
    training: bool,
    unroll: bool | int,
    **constants: Any,
) -> tuple[Tensor, list[Any]]:
    """Runs a cell over a sequence.

    Args:
        cell: of the library or a user's.
        steps: (steps, batch, ...).
        states: before the first step, nested as the cell nests them.
        mask: (steps, batch, 1) booleans; a masked step repeats the last output and keeps the
            states.
        training: whether dropout acts; its masks are drawn once for all steps.
        unroll: True for no loop, a number for that many steps a round.
        **constants: "constants", tensors that each step gets, if there are any.

    Returns:
        Outputs (steps, batch, ...) and the last states.
    """
    if _runs_sequences(cell):
        return cell.run_sequence(steps, states, mask, training, unroll, **constants)  # type: ignore[no-any-return]
    dtype = steps.dtype

    def step(x: Tensor, flat: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        output, new = call_cell(cell, x, tree.pack_like(states, flat), training, **constants)
        return ops.cast(output, dtype), [ops.cast(s, dtype) for s in tree.flatten(new)]

    shape = output_shape(cell)
    outputs, last = backend.rnn.scan(step, steps, tree.flatten(states), mask, shape, unroll)
    return outputs, tree.pack_like(states, last)


def call_cell(
    cell: Any, inputs: Tensor, states: list[Any], training: bool, **constants: Any
) -> tuple[Tensor, list[Any]]:
    """One step; a cell gets `training` and `constants` if its `call` takes them."""
    names = inspect.signature(cell.call).parameters
    offered = {"training": training, **constants}
    options = {name: value for name, value in offered.items() if name in names}
    output, new = (cell if callable(cell) else cell.call)(inputs, states, **options)
    return output, list(new) if isinstance(new, (list, tuple)) else [new]


def check_cell(cell: Any, owner: str) -> Any:
    """The cell, if it is one.

    Raises:
        ConfigurationError: if it lacks `call` or `state_size`.
    """
    missing = [name for name in ("call", "state_size") if not hasattr(cell, name)]
    if missing:
        raise ConfigurationError(
            f"{owner} needs a cell with the method `call(inputs, states)` and the attribute "
            f"`state_size`; received {cell!r}, which lacks {' and '.join(missing)}. Pass a cell, "
            "for example LSTMCell(8), or a list of cells."
        )
    return cell


def _runs_sequences(cell: Any) -> bool:
    """Whether `run_sequence` computes what `call` does: a subclass may have its own `call`."""
    if not isinstance(cell, RunsSequences):
        return False
    for cls in type(cell).__mro__:
        if "run_sequence" in vars(cls):
            return True
        if "call" in vars(cls):
            return False
    return False
