"""Timer: how long epochs and batches take."""

from __future__ import annotations

import time
from collections.abc import Callable

from kcore.callbacks.base import Callback
from kcore.typing import Config, Logs


class Timer(Callback):
    """Puts the seconds of each epoch into the logs, and can end training in time.

    Args:
        limit: seconds after which training ends, at the end of a chunk; None: no limit.

    Attributes:
        seconds: of each epoch.
        total: of all of training, those of an interrupted run included.

    Example:
        >>> Timer(limit=3600).limit
        3600
    """

    def __init__(self, limit: float | None = None) -> None:
        super().__init__()
        self.limit = limit
        self.seconds: list[float] = []
        self.total = 0.0
        self._begun: float | None = None
        self._epoch = 0.0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Starts the clock."""
        self._begun = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Starts the epoch's clock."""
        self._epoch = time.monotonic()

    def on_resume(self, epoch: int, batch: int) -> None:
        """Starts the epoch's clock; the seconds before the interruption are not in it."""
        self._epoch = time.monotonic()

    def on_train_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Ends training when the time is over."""
        if self.limit is not None and self._spent() > self.limit:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Adds the epoch's seconds."""
        self.seconds.append(time.monotonic() - self._epoch)
        if logs is not None:
            logs["seconds"] = self.seconds[-1]

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Adds up."""
        self.total, self._begun = self._spent(), None

    def state_dict(self) -> Config:
        """The seconds so far."""
        return {"seconds": list(self.seconds), "total": self._spent()}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self.seconds, self.total = list(state["seconds"]), float(state["total"])

    def _spent(self) -> float:
        running = 0.0 if self._begun is None else time.monotonic() - self._begun
        return self.total + running
