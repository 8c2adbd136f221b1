"""History: the logs of every epoch."""

from __future__ import annotations

from typing import Any

from kcore.callbacks.base import Callback
from kcore.typing import Config, Logs
from kcore.utils import plotting


class History(Callback):
    """Records the logs of every epoch; `fit` returns one.

    Attributes:
        history: lists of values by name, one a epoch.
        epoch: the numbers of the epochs.
        stopped_by: name of the signal that ended training ("SIGINT"), None otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.stopped_by: str | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Starts anew."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Adds an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def state_dict(self) -> Config:
        """The epochs so far."""
        return {"epoch": list(self.epoch), "history": {k: list(v) for k, v in self.history.items()}}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self.epoch, self.history = list(state["epoch"]), dict(state["history"])

    def plot(self, path: str | None = None) -> Any:
        """Draws every value over the epochs, training and validation in one picture each.

        Args:
            path: file to write ("curve.png"); the figure is returned in any case.

        Returns:
            A matplotlib figure.

        Raises:
            MissingPackageError: if matplotlib is not installed.
        """
        return plotting.plot_history(self.history, self.epoch, path)
