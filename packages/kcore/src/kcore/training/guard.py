"""Guard: a step whose loss or gradients are not finite changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kcore import backend
from kcore.typing import Tensor
from kcore.variable import Variable


class Guard:
    """Holds steps back, inside compiled code, before they change anything.

    What a forward pass changes (running means, seeds) goes back too, so that the model stands as
    before the step and the step can be computed again to look for the cause. The loop over a chunk
    ends at the step that was held back.

    Attributes:
        on: whether steps are looked at.
        index: number of the batch in its chunk, set by who runs the steps.
    """

    def __init__(self) -> None:
        self.on = False
        self.index: Any = 0
        self._failed = Variable(np.array(-1, "int32"), trainable=False, name="failed")
        self._loss = Variable(0.0, trainable=False, name="failed_loss")

    @property
    def variables(self) -> list[Variable]:
        """What it keeps between steps: made before a trace, which else would be made twice."""
        return [self._failed, self._loss]

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
