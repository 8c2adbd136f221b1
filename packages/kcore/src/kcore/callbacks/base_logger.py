"""BaseLogger: means over an epoch, for loops that log each batch by itself."""

from __future__ import annotations

from collections.abc import Iterable

from kcore.callbacks.base import Callback
from kcore.typing import Logs


class BaseLogger(Callback):
    """Averages the logs of batches, weighted by their "size", and adds the means to the epoch's.

    `fit` logs means by itself; this is for training loops written by hand that call the hooks as
    earlier Keras did.

    Args:
        stateful_metrics: names whose last value counts in place of the mean.

    Example:
        >>> logger = BaseLogger()
        >>> logger.on_epoch_begin(0)
        >>> logger.on_batch_end(0, {"size": 1, "loss": 2.0})
        >>> logger.on_batch_end(1, {"size": 3, "loss": 4.0})
        >>> logs = {}
        >>> logger.set_params({"metrics": ["loss"]})
        >>> logger.on_epoch_end(0, logs); logs
        {'loss': 3.5}
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())
        self.seen = 0.0
        self.totals: dict[str, float] = {}

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Starts anew."""
        self.seen = 0.0
        self.totals = {}

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Takes a batch in."""
        logs = logs or {}
        size = float(logs.get("size", 1))
        self.seen += size
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = float(value)
            elif name not in ("size", "batch"):
                self.totals[name] = self.totals.get(name, 0.0) + float(value) * size

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Adds the means to the epoch's logs."""
        if logs is None:
            return
        for name in self.params.get("metrics", list(self.totals)):
            if name in self.stateful_metrics and name in self.totals:
                logs[name] = self.totals[name]
            elif name in self.totals:
                logs[name] = self.totals[name] / max(self.seen, 1.0)
