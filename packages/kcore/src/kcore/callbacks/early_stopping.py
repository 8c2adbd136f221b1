"""EarlyStopping: ends training that no longer helps."""

from __future__ import annotations

from typing import Any

from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import Monitor, has_finite_weights, patience_of, say
from kcore.errors import ConfigurationError, shown
from kcore.typing import Config, Logs


class EarlyStopping(Callback):
    """Stops when a value has not got better for some epochs (Prechelt, 1998).

    Args:
        monitor: key in the logs.
        min_delta: smallest change that counts as better.
        patience: epochs without a better value before it stops, at least 0.
        verbose: 1 says when it stops.
        mode: "min", "max", or "auto" to go by the name.
        baseline: value to beat from the start.
        restore_best_weights: whether the weights of the best epoch are put back when training ends.
        start_from_epoch: epochs before it begins to look.

    Raises:
        ConfigurationError: if an argument is out of range, or the value is not logged.

    Attributes:
        stopped_epoch: the epoch (from 0) after which it stopped; 0 if it did not.
        best: the best value.
        best_epoch: its epoch, from 0.

    Example:
        >>> EarlyStopping(patience=3).patience
        3
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = patience_of(patience, "EarlyStopping")
        self.verbose = verbose
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = patience_of(start_from_epoch, "EarlyStopping", "start_from_epoch")
        self._watch = Monitor(monitor, mode, min_delta, "EarlyStopping", baseline)
        self.mode = self._watch.mode
        self.min_delta = self._watch.min_delta
        self.baseline = baseline
        self._start()

    def _start(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None
        self._watch.reset()

    @property
    def best(self) -> float:
        """The best value so far."""
        return self._watch.best

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Starts anew."""
        self._start()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Counts epochs without a better value."""
        value = self._watch.read(logs)
        if epoch < self.start_from_epoch:
            return
        sound = not self.restore_best_weights or has_finite_weights(self.model)
        if self.restore_best_weights and self.best_weights is None and sound:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if sound and self._watch.improves(value):
            self.best_epoch = epoch
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.verbose:
                say("EarlyStopping", epoch, f"{self.monitor} has not got better; stopping.")

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Puts the best weights back, if asked to."""
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                say("EarlyStopping", self.best_epoch, "its weights, the best, are put back.")
            self.model.set_weights(self.best_weights)

    def state_dict(self) -> Config:
        """How long it has waited, and for what."""
        return {
            **self._watch.state_dict(),
            "wait": self.wait,
            "best_epoch": self.best_epoch,
            "stopped_epoch": self.stopped_epoch,
            "best_weights": self.best_weights,
        }

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self._watch.load_state_dict(state)
        self.wait, self.best_epoch = int(state["wait"]), int(state["best_epoch"])
        self.stopped_epoch = int(state["stopped_epoch"])
        best = state["best_weights"]
        if best is not None and not isinstance(best, list):
            raise ConfigurationError(
                "The state of EarlyStopping has a list of weights, or none, as 'best_weights'; "
                f"received {shown(best)}."
            )
        self.best_weights = best
