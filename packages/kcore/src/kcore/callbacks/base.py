"""Callback and the list that calls many."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from kcore.errors import ConfigurationError
from kcore.typing import Config, Logs

# hooks of earlier Keras that mean a batch of training, called where a callback writes them
_OLD_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}
_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class Callback:
    """Base of callbacks: write the hooks you need.

    Training runs many batches in one compiled call. A callback that overrides a per-batch hook
    makes it run batch by batch, so that the hook sees each; `on_train_chunk_end` does not.

    Attributes:
        params: epochs, steps (None if not known) and verbose.
    """

    component_kind: ClassVar[str] = "callback"

    # training's compiled calls end after each multiple of so many batches; None: anywhere
    every_batches: int | None = None

    # held weakly: a model keeps its History, which must not keep the model
    _model: Callable[[], Any] = staticmethod(lambda: None)
    params: Config = {}

    @property
    def model(self) -> Any:
        """The model in training; None once nobody holds it."""
        return self._model()

    @model.setter
    def model(self, model: Any) -> None:
        self._model = (lambda: None) if model is None else weakref.ref(model)

    def set_model(self, model: Any) -> None:
        """Told which model before anything else."""
        self.model = model

    def set_params(self, params: Config) -> None:
        """Told epochs, steps and verbose before training."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch, however training ended; logs of that epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before an epoch, counted from 0."""

    def on_resume(self, epoch: int, batch: int) -> None:
        """In place of `on_epoch_begin` where an interrupted run goes on inside an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After an epoch and its validation, whose values have the prefix `val_`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch, counted from 0 in the epoch."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch; logs hold the means of the epoch so far."""

    def on_train_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """After each compiled call of training.

        Args:
            steps: batches done in this epoch.
            logs: call it for the means so far; the numbers leave the device only then.
        """

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before evaluation or validation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of evaluation."""

    def on_test_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """After each compiled call of evaluation; see `on_train_chunk_end`."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of prediction; logs hold its outputs."""

    def state_dict(self) -> Config:
        """What the callback needs to go on after an interruption, as plain data or arrays."""
        return {}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""


def as_list(callbacks: Any) -> list[Any]:
    """The callbacks of a list, of one, or of None."""
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


class CallbackList:
    """Calls each hook of each callback in order.

    Args:
        callbacks: the callbacks, or one of them.
        model: given to each.
        params: given to each.

    Raises:
        ConfigurationError: if an entry is no callback.
    """

    def __init__(self, callbacks: Any, model: Any, params: Config) -> None:
        found = list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]
        for callback in found:
            if not hasattr(callback, "on_epoch_end"):
                raise ConfigurationError(
                    f"callbacks must be objects of Callback; received {callback!r} "
                    f"({type(callback).__name__})."
                )
        self.callbacks: list[Any] = found
        self.params = params
        for callback in found:
            callback.set_model(model)
            callback.set_params(params)
        self._active: dict[str, list[Callable[..., None]]] = {}

    def needs_batches(self, mode: str) -> bool:
        """Whether a callback overrides a per-batch hook of "train", "test" or "predict"."""
        return any(self._hooks(name) for name in _BATCH_HOOKS[mode])

    def batch_marks(self) -> list[int]:
        """The numbers of batches, counted from the start, at multiples of which calls must end."""
        marks = [getattr(callback, "every_batches", None) for callback in self.callbacks]
        return [mark for mark in marks if mark]

    def _hooks(self, name: str) -> list[Callable[..., None]]:
        """The methods of that name which somebody wrote; Callback's own do nothing.

        A callback of a plugin may have no base class, and the hooks it needs only.
        """
        if name not in self._active:
            base = getattr(Callback, name, None)
            written = [c for c in self.callbacks if getattr(type(c), name, base) is not base]
            self._active[name] = [getattr(callback, name) for callback in written]
        return self._active[name]

    def has(self, hook: str) -> bool:
        """Whether somebody wrote this hook, under its present or its old name."""
        return bool(self._hooks(hook) or self._hooks(_OLD_NAMES.get(hook, hook)))

    def call(self, hook: str, *args: Any) -> None:
        """Calls a hook of every callback, then the hook's old name where one is written."""
        for method in self._hooks(hook):
            method(*args)
        old = _OLD_NAMES.get(hook)
        if old is not None:
            for method in self._hooks(old):
                method(*args)
