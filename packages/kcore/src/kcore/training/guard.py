"""Guard: a step whose loss or gradients are not finite changes nothing.

Two ways, with one outcome. Where the state is small, a chunk of steps runs unwatched; if a value is
not finite behind it, the state before the chunk comes back and the chunk runs again, watched.
Keeping that state costs one copy of it a chunk, made by the first kernel that writes. Where the
state is large, or a chunk holds few steps, each step is watched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kcore import backend, dtypes
from kcore.typing import Tensor
from kcore.variable import Variable

# numbers of the largest state that is kept over a chunk: copying it takes about 1 % of the time
_MOST_KEPT = 4 * 2**20
# a chunk with fewer steps does not pay the copy
_FEWEST_STEPS = 16


class Guard:
    """Holds steps back, inside compiled code, before they change anything.

    What a forward pass changes (running means, seeds) goes back too, so that the model stands as
    before the step and the step can be computed again to look for the cause. The loop over a chunk
    ends at the step that was held back.

    Attributes:
        on: whether steps that are not finite are held back.
        in_step: whether the function that runs, or is traced, watches each of its steps.
        index: number of the batch in its chunk, set by who runs the steps.
    """

    def __init__(self) -> None:
        self.on = False
        self.in_step = False
        self.index: Any = 0
        self._most_steps = 0
        self._failed = Variable(np.array(-1, "int32"), trainable=False, name="failed")
        self._loss = Variable(0.0, trainable=False, name="failed_loss")
        self._finite = Variable(np.array(True), trainable=False, name="finite")

    def begin(self, most_steps: int) -> None:
        """Holds steps back from now on; a chunk has at most so many."""
        self.on = self.in_step = True
        self._most_steps = most_steps

    def end(self) -> None:
        """Lets every step be made."""
        self.on = self.in_step = False

    @property
    def chunks_are_long(self) -> bool:
        """Whether keeping the state over a chunk can pay."""
        return self.on and self._most_steps >= _FEWEST_STEPS

    def can_go_back(self, state: Sequence[Variable]) -> bool:
        """Whether keeping this state over a long chunk costs less than watching every step."""
        return sum(variable.size for variable in state) <= _MOST_KEPT

    def look(self, suspects: Sequence[Variable]) -> None:
        """Behind the steps of a chunk that were not watched: whether these are finite."""
        floats = [v.value for v in suspects if dtypes.is_float(v.dtype)]
        self._finite.assign(backend.optim.finite_sum(floats))

    def run(self, chunk: Callable[[], Any], state: Sequence[Variable]) -> Any:
        """Runs a chunk; again, with each step watched, if something is not finite behind it.

        Args:
            chunk: runs it; has `look` called where the steps are not watched.
            state: everything that it may change.
        """
        before = [(v, backend.variable.reference(v.storage)) for v in state]
        self.in_step = False
        try:
            results = chunk()
        finally:
            self.in_step = True
        if bool(self._finite.numpy()):
            return results
        for variable, value in before:
            variable.assign(value)
        return chunk()

    @property
    def variables(self) -> list[Variable]:
        """What it keeps between steps: made before a trace, which else would be made twice."""
        return [self._failed, self._loss, self._finite]

    def goes_on(self) -> Tensor:
        """Whether no step of this chunk was held back yet."""
        return self._failed.value < 0

    def take(self) -> tuple[int, float] | None:
        """The batch whose step was held back and its loss, once; None if all steps were made."""
        batch = int(self._failed)
        if batch < 0:
            return None
        self._failed.assign(np.array(-1, "int32"))
        return batch, float(self._loss)

    def commit(
        self,
        loss: Tensor,
        gradients: Sequence[Any],
        changed: Sequence[tuple[Variable, Tensor]],
        step: Callable[[], None],
    ) -> None:
        """Makes a step if loss and gradients are finite.

        Args:
            loss: of the batch.
            gradients: of the weights, and whatever else must be finite.
            changed: variables that the forward pass may have changed, with their values before it.
            step: what the step changes.
        """

        def hold_back() -> None:
            for variable, value in changed:
                variable.assign(value)
            self._failed.assign(backend.tensor.cast(self.index, "int32"))
            self._loss.assign(loss)

        backend.control.either(backend.optim.finite_sum([loss, *gradients]), step, hold_back)
