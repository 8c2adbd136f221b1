"""LearningRateScheduler: a learning rate for each epoch."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import say
from kcore.errors import ConfigurationError
from kcore.typing import Logs


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch, and puts it into the logs after it.

    Args:
        schedule: function (epoch, learning rate) or (epoch) giving the new rate.
        verbose: 1 says the rate.

    Raises:
        ConfigurationError: if the schedule is no function, or gives no finite number from 0 on.

    Example:
        >>> LearningRateScheduler(lambda epoch, rate: rate * 0.9).verbose
        0
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise ConfigurationError(
                "LearningRateScheduler: schedule must be a function (epoch, learning rate); "
                f"received {schedule!r}."
            )
        self.schedule = schedule
        self.verbose = verbose
        try:
            count = len(inspect.signature(schedule).parameters)
        except (TypeError, ValueError):
            count = 2
        self._takes_rate = count > 1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Sets the rate."""
        optimizer = self.model.optimizer
        rate = (
            self.schedule(epoch, optimizer.learning_rate)
            if self._takes_rate
            else self.schedule(epoch)
        )
        try:
            value = float(rate)
        except (TypeError, ValueError):
            value = math.nan
        if not math.isfinite(value) or value < 0:
            raise ConfigurationError(
                f"LearningRateScheduler: the schedule gave {rate!r} for epoch {epoch}; expected a "
                "finite number from 0 on."
            )
        optimizer.learning_rate = value
        if self.verbose:
            say("LearningRateScheduler", epoch, f"learning rate {value:.6g}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Puts the rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate
