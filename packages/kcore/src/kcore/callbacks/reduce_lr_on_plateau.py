"""ReduceLROnPlateau: a smaller learning rate where a value no longer gets better."""

from __future__ import annotations

from typing import Any

from kcore.arguments import number
from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import Monitor, patience_of, say, warn
from kcore.errors import ConfigurationError
from kcore.typing import Config, Logs


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by a factor after epochs without a better value.

    Args:
        monitor: key in the logs.
        factor: from 0, below 1.
        patience: epochs without a better value before it acts, at least 0.
        verbose: 1 says when it acts.
        mode: "min", "max", or "auto" to go by the name.
        min_delta: smallest change that counts as better.
        cooldown: epochs after a change in which it does not count.
        min_lr: the rate never falls below it.
        **kwargs: `epsilon`, the name of min_delta before Keras 2.1.

    Raises:
        ConfigurationError: if an argument is out of range, or the value is not logged.

    Example:
        >>> ReduceLROnPlateau(factor=0.5).factor
        0.5
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        owner = "ReduceLROnPlateau"
        min_delta = kwargs.pop("epsilon", min_delta)
        if kwargs:
            raise ConfigurationError(f"{owner} does not take the argument(s) {', '.join(kwargs)}.")
        self.monitor = monitor
        self.factor = number(factor, "factor", owner, low=0, high=1)
        if self.factor == 1:
            raise ConfigurationError(f"{owner}: factor must be below 1; received {factor!r}.")
        self.patience = patience_of(patience, owner)
        self.verbose = verbose
        self.cooldown = patience_of(cooldown, owner, "cooldown")
        self.min_lr = number(min_lr, "min_lr", owner, low=0)
        self._watch = Monitor(monitor, mode, min_delta, owner)
        self.mode = self._watch.mode
        self.min_delta = self._watch.min_delta
        self.wait = self.cooldown_counter = 0

    @property
    def best(self) -> float:
        """The best value so far."""
        return self._watch.best

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Starts anew."""
        self._watch.reset()
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Counts epochs without a better value; the rate of the epoch goes into the logs."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate
        value = self._watch.read(logs)
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watch.improves(value):
            self.wait = 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        before = optimizer.learning_rate
        if before <= self.min_lr:
            return
        try:
            optimizer.learning_rate = max(before * self.factor, self.min_lr)
        except ConfigurationError as error:
            warn("ReduceLROnPlateau", f"the learning rate stays as it is: {error}")
            return
        if self.verbose:
            say("ReduceLROnPlateau", epoch, f"learning rate {optimizer.learning_rate:.6g}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def state_dict(self) -> Config:
        """How long it has waited."""
        return {
            **self._watch.state_dict(),
            "wait": self.wait,
            "cooldown_counter": self.cooldown_counter,
        }

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self._watch.load_state_dict(state)
        self.wait, self.cooldown_counter = int(state["wait"]), int(state["cooldown_counter"])
