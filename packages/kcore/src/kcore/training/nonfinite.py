"""What `fit(nan=...)` does about a step whose loss or gradients are NaN or infinite."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from kcore.callbacks.base import Callback
from kcore.callbacks.terminate_on_nan import TerminateOnNaN
from kcore.data import Chunk, Source
from kcore.errors import ConfigurationError, NonFiniteError
from kcore.training.search import Finding, search
from kcore.typing import Logs

# so many rollbacks in one epoch, and going back does not help
_MOST_ROLLBACKS = 10


class NonFiniteWatch(Callback):
    """Deals with steps that the trainer's guard held back.

    Args:
        trainer: of the model in training.
        run: trains on a chunk; gives its results.
        source: the training data, for messages.
        nan: "raise", "skip" or "rollback"; "stop" leaves it to callbacks, which see the loss.

    Raises:
        ConfigurationError: if steps are to be left out that the model makes itself.
    """

    def __init__(
        self, trainer: Any, run: Callable[[Chunk], Logs], source: Source, nan: str
    ) -> None:
        super().__init__()
        self._trainer = trainer
        self._run = run
        self._source = source
        self._nan = nan
        self._own_step = trainer.model.own_step("train") is not None
        if self._own_step and nan in ("skip", "rollback"):
            raise ConfigurationError(
                f"fit(nan={nan!r}) leaves steps out, which it cannot do where the model has a "
                f"train_step of its own, as {type(trainer.model).__name__} has. Use nan='raise'."
            )
        self._kept: list[tuple[Any, Any]] = []
        self._left_out = self._rollbacks = self._steps = self._good = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Keeps the state to go back to."""
        self._rollbacks = self._good = 0
        if self._nan == "rollback":
            optimizer = self._trainer.settings.optimizer
            optimizer.build(self.model.trainable_weights)
            variables = [*self.model.weights, *optimizer.variables]
            self._kept = [(v, v.numpy()) for v in variables]

    def on_resume(self, epoch: int, batch: int) -> None:
        """Keeps the state to go back to."""
        self.on_epoch_begin(epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Ends training if no step of the epoch could be made."""
        if self._nan == "skip" and not self._good:
            raise NonFiniteError(
                f"Every step of epoch {epoch + 1} was left out, because loss or gradients were not "
                "finite; the model does not train on these data. Use nan='raise' for the cause."
            )

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Says how many steps were left out, if it is more than the one warned of."""
        if self._left_out > 1:
            warnings.warn(
                f"fit(nan={self._nan!r}): {self._left_out} of {self._steps} steps were left out, "
                "because loss or gradients were not finite.",
                stacklevel=2,
            )

    def __call__(self, chunk: Chunk, results: Logs, epoch: int, first: int) -> Logs:
        """Looks at a chunk that was run; gives the results that count."""
        self._steps += chunk.steps
        self._good += chunk.steps
        if self._own_step:
            self._check_own(results, epoch, first, first + chunk.steps - 1)
            return results
        start = 0
        while (held := self._trainer.guard.take()) is not None:
            batch, loss = start + held[0], held[1]
            self._good -= 1
            self._left_out += 1
            if self._nan == "stop":
                return {**results, "loss": loss if not math.isfinite(loss) else math.nan}
            self._deal(chunk, batch, loss, epoch, first + batch)
            start = batch + 1
            if start == chunk.steps:
                break
            results = self._run(chunk.rest(start))
        return results

    def _deal(self, chunk: Chunk, batch: int, loss: float, epoch: int, number: int) -> None:
        """Raises, or makes the model ready for the next step."""
        if self._nan == "skip" and self._left_out > 1:
            return
        finding = search(self.model, chunk.batch(batch))
        text = self._describe(finding, loss, epoch, number)
        again = self._nan == "rollback" and self._rollbacks == _MOST_ROLLBACKS
        useless = self._nan == "skip" and finding.kind in ("weight", "learning rate")
        if self._nan == "raise" or again or useless:
            tried = f" Going back {_MOST_ROLLBACKS} times in this epoch did not help." * again
            raise NonFiniteError(f"{text}{tried} {_advice(finding)}")
        if self._left_out == 1:
            skipped = self._nan == "skip"
            what = "It is left out" if skipped else "The model goes back to its epoch's start"
            warnings.warn(f"{text} {what}; more are counted when training ends.", stacklevel=2)
        if self._nan == "rollback":
            self._rollbacks += 1
            for variable, value in self._kept:
                variable.assign(value)

    def _describe(self, finding: Finding, loss: float, epoch: int, number: int) -> str:
        steps = int(self._trainer.settings.optimizer.iterations)
        what = f"The loss became {loss}"
        if math.isfinite(loss):
            what = f"The loss was {loss}, but a gradient or the learning rate was not finite"
        place = f" {finding.place!r}" if finding.place else ""
        return (
            f"{what} in epoch {epoch + 1}, batch {number}, after {steps} step(s) of the optimizer. "
            f"First value that is not finite: {finding.kind}{place}, {finding.detail}; "
            f"{self._source.locate(epoch, number, finding.rows)}. "
            "The step was not made: the model is as before it."
        )

    def _check_own(self, results: Logs, epoch: int, first: int, last: int) -> None:
        loss = float(np.asarray(results.get("loss", 0.0)))
        if self._nan == "raise" and not math.isfinite(loss):
            batches = f"batch {first}" if first == last else f"batches {first} to {last}"
            raise NonFiniteError(
                f"The loss became {loss} in epoch {epoch + 1}, {batches}. {_advice(None)}"
            )


def watch_for(
    trainer: Any, nan: str, source: Source, callbacks: list[Any]
) -> NonFiniteWatch | None:
    """What deals with steps that are not finite, or None if nobody is to look."""
    quiet = any(isinstance(callback, TerminateOnNaN) for callback in callbacks)
    if quiet and nan in ("raise", "ignore"):
        nan = "stop"
    if nan == "ignore":
        return None
    return NonFiniteWatch(trainer, lambda chunk: trainer.compiled.run("train", chunk), source, nan)


def _advice(finding: Finding | None) -> str:
    causes = {
        "input": "Mend or drop these samples, or leave their steps out with fit(nan='skip').",
        "weight": "The step before overflowed, or the weights were loaded so; lower the learning "
        "rate.",
        "learning rate": "Look at the schedule.",
        "gradient": "Usual causes: the square root or norm of zero, a division by a small number.",
    }
    usual = (
        "Usual causes: a learning rate that is too high, a division by zero or logarithm of zero "
        "in a custom layer or loss, or values of the data that are too large."
    )
    advice = usual if finding is None else causes.get(finding.kind, usual)
    return f"{advice} Training goes on regardless with fit(nan='ignore')."
