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
from kcore.training.chunks import Filler, Pace, SharedPace

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
        watch: looks at each chunk that was run, (chunk, results, epoch, first batch), and gives the
            results that count.
        done: told after each chunk: (epoch, batches done, batches of the chunk).
        now: the results so far, for an epoch that goes on behind its last batch.
        agree: where several processes train together: told the seconds of a chunk and whether to
            stop, it gives what all of them go by.
    """

    mode: str
    run: Callable[[Chunk], Results]
    source: Source
    callbacks: CallbackList
    limit: int | None = None
    steps: int | None = None
    check: Callable[[Chunk], None] | None = None
    watch: Callable[[Chunk, Results, int, int], Results] | None = None
    done: Callable[[int, int, int], None] | None = None
    now: Callable[[], Results] | None = None
    agree: Callable[[float, bool], tuple[float, bool]] | None = None

    def __post_init__(self) -> None:
        if self.callbacks.needs_batches(self.mode):
            self.limit = 1
        size = getattr(self.source, "bytes_per_batch", None)
        marks = self.callbacks.batch_marks() if self.mode == "train" else []
        kind = Pace if self.agree is None else SharedPace
        self.pace = kind(self.limit, size() if size is not None else 0, CHUNK_BYTES, marks)


def run_pass(
    job: Pass, epoch: int, stop: Callable[[], bool] = lambda: False, skip: int = 0
) -> dict[str, float]:
    """Goes through the data once.

    Args:
        job: what to do.
        epoch: number of the epoch, decides the order of the data.
        stop: asked after each chunk whether to end here.
        skip: batches that were done before.

    Returns:
        The logs as numbers; empty if there were no batches.
    """
    done = skip
    results: Results = job.now() if skip and job.now is not None else {}
    single = job.callbacks.needs_batches(job.mode)
    chunks = job.pace.counted(job.source.chunks(epoch, job.pace.want, skip))
    # processes that train together stop where all have agreed to
    waits = stop if job.agree is None else lambda: False
    with job.pace.passing(), Filler(chunks, job.check, waits) as filled:
        for chunk in filled:
            if single:
                job.callbacks.call(f"on_{job.mode}_batch_begin", done, {})
            start = time.perf_counter()
            results = job.run(chunk)
            seconds = time.perf_counter() - start
            if job.agree is None:
                job.pace.measured(chunk.steps, seconds)
            if job.watch is not None:
                results = job.watch(chunk, results, epoch, done)
            done += chunk.steps
            if single:
                job.callbacks.call(f"on_{job.mode}_batch_end", done - 1, numbers(results))
            now = results
            job.callbacks.call(f"on_{job.mode}_chunk_end", done, lambda now=now: numbers(now))
            stopping = False
            if job.agree is not None:
                seconds, stopping = job.agree(seconds, stop())
                job.pace.measured(chunk.steps, seconds)
            if job.done is not None:
                job.done(epoch, done, chunk.steps)
            if job.agree is None:
                stopping = stop()
            if stopping or (job.steps is not None and done >= job.steps):
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


@dataclass
class Training:
    """Epoch after epoch.

    Attributes:
        model: asked for `stop_training` after every chunk and epoch.
        job: the pass over the training data.
        callbacks: told of everything; `on_train_end` also when an exception ends training.
        epochs: numbers of the epochs.
        reset: forgets the metrics' state.
        validation: what to do after epochs, or None.
        recorder: takes the run down so that it can go on later, or None.
        start: where it goes on, or None.
        interrupted: asked whether somebody wants training to end now.
        finish: called when the last epoch is over, before `on_train_end`; not after an exception.
    """

    model: Any
    job: Pass
    callbacks: CallbackList
    epochs: range
    reset: Callable[[], None]
    validation: Validation | None = None
    recorder: Any = None
    start: Any = None
    interrupted: Callable[[], bool] = lambda: False
    finish: Callable[[], None] = lambda: None

    def run(self) -> None:
        """Trains."""
        logs: dict[str, float] = {}
        self.callbacks.call("on_train_begin", {})
        try:
            skip = self._go_on()
            for epoch in self.epochs:
                logs = self._train(epoch, skip)
                skip = 0
                if self.interrupted() or not (logs or _goes_on(epoch, self.epochs)):
                    break
                self._end_epoch(epoch, logs)
                if self._stopped():
                    break
            if not self.interrupted():
                self.finish()
            elif self.recorder is not None:
                self.recorder.save(self.recorder.position)
        finally:
            self.callbacks.call("on_train_end", logs)

    def _stopped(self) -> bool:
        return bool(self.model.stop_training) or self.interrupted()

    def _go_on(self) -> int:
        """Puts an interrupted run back; the batches of its epoch that are done."""
        if self.start is None:
            return 0
        first = self.epochs.stop if self.recorder.was_stopped else self.start.epoch
        self.recorder.restore()
        self.job.pace.go_on_from(self.recorder.batches)
        self.epochs = range(first, self.epochs.stop)
        return int(self.start.batch)

    def _train(self, epoch: int, skip: int) -> dict[str, float]:
        if skip:
            self.callbacks.call("on_resume", epoch, skip)
        else:
            self.reset()
            self.callbacks.call("on_epoch_begin", epoch, {})
        return run_pass(self.job, epoch, self._stopped, skip)

    def _end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        if self.validation is not None and self.validation.due(epoch):
            self.reset()
            self.callbacks.call("on_test_begin", {})
            found = run_pass(self.validation.job, 0)
            self.callbacks.call("on_test_end", found)
            logs |= {f"val_{name}": value for name, value in found.items()}
        self.callbacks.call("on_epoch_end", epoch, logs)
        if self.recorder is not None:
            self.recorder.after_epoch(epoch, bool(self.model.stop_training))
