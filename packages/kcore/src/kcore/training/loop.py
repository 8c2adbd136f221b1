"""The only loop: passes over data, epoch after epoch, with a step function."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kcore.callbacks.base import CallbackList
from kcore.data import Chunk, Source
from kcore.data.arrays import CHUNK_BYTES
from kcore.errors import DataError
from kcore.training.chunks import Filler, Pace

Results = dict[str, Any]


@dataclass
class Pass:
    """One way through the data.

    Attributes:
        mode: "train" or "test", the first half of the callbacks' names.
        run: runs a chunk and gives the logs as tensors.
        source: the data.
        callbacks: told of batches and chunks.
        limit: most batches in a chunk; None leaves it to measuring.
        steps: stop after so many batches; None goes to the end.
        check: looks at each chunk before it is used.
        watch: looks at the results of each chunk: (results, epoch, first batch, last batch).
    """

    mode: str
    run: Callable[[Chunk], Results]
    source: Source
    callbacks: CallbackList
    limit: int | None = None
    steps: int | None = None
    check: Callable[[Chunk], None] | None = None
    watch: Callable[[Results, int, int, int], None] | None = None

    def __post_init__(self) -> None:
        if self.callbacks.needs_batches(self.mode):
            self.limit = 1
        size = getattr(self.source, "bytes_per_batch", None)
        marks = self.callbacks.batch_marks() if self.mode == "train" else []
        self.pace = Pace(self.limit, size() if size is not None else 0, CHUNK_BYTES, marks)


def run_pass(job: Pass, epoch: int, stop: Callable[[], bool] = lambda: False) -> dict[str, float]:
    """Goes through the data once.

    Args:
        job: what to do.
        epoch: number of the epoch, decides the order of the data.
        stop: asked after each chunk whether to end here.

    Returns:
        The logs as numbers; empty if there were no batches.
    """
    done = 0
    results: Results = {}
    single = job.callbacks.needs_batches(job.mode)
    chunks = job.pace.counted(job.source.chunks(epoch, job.pace.want))
    with Filler(chunks, job.check) as filled:
        for chunk in filled:
            if single:
                job.callbacks.call(f"on_{job.mode}_batch_begin", done, {})
            start = time.perf_counter()
            results = job.run(chunk)
            job.pace.measured(chunk.steps, time.perf_counter() - start)
            first, done = done, done + chunk.steps
            if job.watch is not None:
                job.watch(results, epoch, first, done - 1)
            if single:
                job.callbacks.call(f"on_{job.mode}_batch_end", done - 1, numbers(results))
            now = results
            job.callbacks.call(f"on_{job.mode}_chunk_end", done, lambda now=now: numbers(now))
            if stop() or (job.steps is not None and done >= job.steps):
                break
    job.source.end_epoch()
    return numbers(results)


def numbers(results: Results) -> dict[str, float]:
    """The logs as Python numbers."""
    return {name: float(np.asarray(value)) for name, value in results.items()}


def _goes_on(epoch: int, epochs: range) -> bool:
    """What an epoch without batches means: no data at all, or data that ended early."""
    if epoch == epochs.start:
        raise DataError("The data gave no batches, so there is nothing to train on.")
    warnings.warn(
        f"The data ended, so training stopped after {epoch} of {epochs.stop} epochs. Give data "
        "that can be gone through again (a Sequence, a tf.data.Dataset, arrays), or "
        "steps_per_epoch.",
        stacklevel=2,
    )
    return False


@dataclass
class Validation:
    """What is done after an epoch.

    Attributes:
        job: the pass over the validation data.
        every: after each so many epochs, or after these epochs (counted from 1).
    """

    job: Pass
    every: Any = 1

    def due(self, epoch: int) -> bool:
        """Whether the epoch, counted from 0, is followed by a validation."""
        if isinstance(self.every, int):
            return (epoch + 1) % self.every == 0
        return epoch + 1 in self.every


def run_epochs(
    model: Any,
    job: Pass,
    callbacks: CallbackList,
    epochs: range,
    validation: Validation | None,
    reset: Callable[[], None],
    finish: Callable[[], None],
) -> None:
    """Trains epoch after epoch.

    Args:
        model: asked for `stop_training` after every chunk and epoch.
        job: the pass over the training data.
        callbacks: told of everything; `on_train_end` also when an exception ends training.
        epochs: numbers of the epochs.
        validation: what to do after epochs, or None.
        reset: forgets the metrics' state.
        finish: called when the last epoch is over, before `on_train_end`; not after an exception.
    """
    logs: dict[str, float] = {}
    callbacks.call("on_train_begin", {})
    try:
        for epoch in epochs:
            reset()
            callbacks.call("on_epoch_begin", epoch, {})
            logs = run_pass(job, epoch, lambda: bool(model.stop_training))
            if not logs and not _goes_on(epoch, epochs):
                break
            if validation is not None and validation.due(epoch):
                reset()
                callbacks.call("on_test_begin", {})
                found = run_pass(validation.job, 0)
                callbacks.call("on_test_end", found)
                logs |= {f"val_{name}": value for name, value in found.items()}
            callbacks.call("on_epoch_end", epoch, logs)
            if model.stop_training:
                break
        finish()
    finally:
        callbacks.call("on_train_end", logs)
