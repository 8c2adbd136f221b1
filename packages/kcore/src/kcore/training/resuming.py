"""Exact resume: what a run is made of, taken down after batches and epochs, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kcore import random
from kcore.callbacks.backup_and_restore import BackupAndRestore
from kcore.callbacks.base import CallbackList
from kcore.data import Source
from kcore.errors import ConfigurationError, KcoreError, LoadError
from kcore.saving import hdf5
from kcore.saving.reading import at
from kcore.training.run_state import Checkpoints, from_bytes, from_plain, to_bytes, to_plain
from kcore.training.workers import Workers
from kcore.typing import Config


@dataclass
class Position:
    """How far training has come.

    Attributes:
        epoch: counted from 0.
        batch: batches done in this epoch.
    """

    epoch: int = 0
    batch: int = 0


class Recorder:
    """Takes a run down, and puts it back.

    Args:
        trainer: of the model in training.
        settings: the callback that says where and how often.
        callbacks: all of them; their states belong to the run.
        source: the training data.
        workers: the processes that train together, of which the first reads and writes, or None.

    Attributes:
        batches: done since the run began.
        position: how far training has come.

    Raises:
        ConfigurationError: if the data cannot be positioned.
    """

    def __init__(
        self,
        trainer: Any,
        settings: BackupAndRestore,
        callbacks: CallbackList,
        source: Source,
        workers: Workers | None = None,
    ) -> None:
        if not source.can_resume:
            raise ConfigurationError(
                f"BackupAndRestore: data of type {type(source).__name__} cannot be positioned, so "
                "an interrupted run could not go on exactly. Give arrays, or a Sequence whose "
                "batches depend on their number alone (without on_epoch_end)."
            )
        self.trainer = trainer
        self.settings = settings
        self.callbacks = callbacks
        self.source = source
        self.workers = workers
        self.checkpoints = Checkpoints(settings.backup_dir, settings.keep)
        self.batches = 0
        self.position = Position()
        self._state: Config | None = None
        self._arrays: dict[str, Any] = {}
        self._place = ""

    def _variables(self) -> list[Any]:
        return list({id(v): v for v in self.trainer.state_for("train")}.values())

    def _named_callbacks(self) -> list[tuple[str, Any]]:
        """Callbacks with a state, by class and number among their like."""
        found: list[tuple[str, Any]] = []
        for callback in self.callbacks.callbacks:
            if hasattr(callback, "state_dict"):
                name = type(callback).__name__
                number = sum(1 for known, _ in found if known.rpartition(" ")[0] == name)
                found.append((f"{name} {number}", callback))
        return found

    def _fingerprint(self) -> Config:
        """What must be the same for a run to be the same; names of layers may differ."""
        options: Any = getattr(self.source, "options", None)
        return {
            "weights": [[w.name, list(w.shape), w.dtype] for w in self.trainer.model.weights],
            "optimizer": type(self.trainer.settings.optimizer).__name__,
            "steps in an epoch": self.source.steps,
            "batch size": getattr(self.source, "batch_size", None),
            "shuffle": str(getattr(options, "shuffle", None)),
        }

    # Putting back

    def find(self) -> Position | None:
        """Where the newest checkpoint stands; None if there is none.

        The data's order comes from the checkpoint from now on.

        Raises:
            ConfigurationError: if it belongs to another run; says what differs.
        """
        found = self._newest()
        if found is None:
            return None
        self._state, self._arrays, path = found
        self._place = f"{path}: state.json"
        own, saved = self._fingerprint(), self._state["fingerprint"]
        different = [key for key in own if own[key] != saved.get(key)]
        if different:
            key = different[0]
            raise ConfigurationError(
                f"{path} belongs to another run: {', '.join(different)} differ. {key} is "
                f"{saved.get(key)} there and {own[key]} here. Choose another folder, or remove "
                "this one to start anew."
            )
        position = Position(*self._state["position"])
        steps = self.source.steps
        if steps is not None and position.batch > steps:
            raise LoadError(
                f"{self._place}: position: batch {position.batch} of an epoch of {steps} batches. "
                "The checkpoint is damaged; remove it to start from an earlier one."
            )
        self.source.options.seed = self._state["data_seed"]  # type: ignore[attr-defined]
        return position

    def _newest(self) -> tuple[Config, dict[str, Any], Any] | None:
        if self.workers is None:
            return self.checkpoints.newest()

        def read() -> bytes:
            found = self.checkpoints.newest()
            return b"" if found is None else to_bytes(*found[:2])

        data = self.workers.data_from_chief(read)
        return (*from_bytes(data), self.checkpoints.folder) if data else None

    @property
    def was_stopped(self) -> bool:
        """Whether the run had come to its end before the last epoch."""
        return bool(self._state and self._state["stopped"])

    def restore(self) -> None:
        """Puts callbacks, seeds and variables back; variables last, when all else fitted."""
        if self._state is None:
            return
        variables = self._variables()
        arrays = [self._arrays.get(f"v{i:06d}") for i in range(len(variables))]
        wrong = [
            v.path
            for v, a in zip(variables, arrays, strict=True)
            if a is None or a.shape != v.shape
        ]
        if wrong:
            raise LoadError(f"{self._place}: the state of {wrong[:5]} does not fit.")
        self._restore_callbacks(self._state["callbacks"])
        random.set_stream_state(self._state["stream"])
        for index, (variable, array) in enumerate(zip(variables, arrays, strict=True)):
            if self.workers is not None and variable.summed:
                array = self.workers.own_part(self._arrays.get(f"p{index:06d}"), array)
            variable.assign(array)
        self.batches = self._state["batches"]
        self._state, self._arrays = None, {}

    def _restore_callbacks(self, states: Config) -> None:
        """All or none: one with another run's best weights would put them into the model."""
        before: list[tuple[Any, Config]] = []
        try:
            for name, callback in self._named_callbacks():
                if states.get(name):
                    before.append((callback, callback.state_dict()))
                    with at(self._place), at(f"callbacks: {name}"):
                        callback.load_state_dict(from_plain(states[name], self._arrays))
        except KcoreError:
            for callback, state in before:
                callback.load_state_dict(state)
            raise

    # Taking down

    def after_chunk(self, epoch: int, batch: int, steps: int) -> None:
        """Takes the run down if it is time."""
        self.batches += steps
        self.position = Position(epoch, batch)
        every = self.settings.every_batches
        if every is not None and self.batches % every == 0:
            self.save(self.position)

    def after_epoch(self, epoch: int, stopped: bool) -> None:
        """Takes the run down after an epoch."""
        self.position = Position(epoch + 1, 0)
        self.save(self.position, stopped)

    def save(self, position: Position, stopped: bool = False) -> None:
        """Takes the run down."""
        variables = self._variables()
        arrays = {f"v{i:06d}": hdf5.plain(np.asarray(v.numpy())) for i, v in enumerate(variables)}
        if self.workers is not None:
            for index, variable in enumerate(variables):
                if variable.summed:
                    parts = self.workers.parts(variable)
                    arrays |= {f"p{index:06d}": parts, f"v{index:06d}": parts.sum(0)}
            if not self.workers.is_chief:
                return
        states = {
            name: to_plain(callback.state_dict(), arrays, name)
            for name, callback in self._named_callbacks()
        }
        state = {
            "fingerprint": self._fingerprint(),
            "position": [position.epoch, position.batch],
            "batches": self.batches,
            "stopped": stopped,
            "data_seed": self.source.options.seed,  # type: ignore[attr-defined]
            "stream": random.stream_state(),
            "callbacks": states,
        }
        self.checkpoints.write(state, arrays)

    def finish(self) -> None:
        """Training ended by itself."""
        reads_only = self.workers is not None and not self.workers.is_chief
        if self.settings.delete_checkpoint and not reads_only:
            self.checkpoints.clear()


def recorder_for(
    trainer: Any, callbacks: CallbackList, source: Source, workers: Workers | None = None
) -> Recorder | None:
    """The recorder that a callback asks for, or None.

    Raises:
        ConfigurationError: if several do, or the data cannot be positioned.
    """
    asked = [c for c in callbacks.callbacks if isinstance(c, BackupAndRestore)]
    if len(asked) > 1:
        raise ConfigurationError(
            f"fit takes one BackupAndRestore; received {len(asked)} (resume= counts as one)."
        )
    return Recorder(trainer, asked[0], callbacks, source, workers) if asked else None
