"""TerminateOnNaN: ends training when the loss is no number."""

from __future__ import annotations

import math
from collections.abc import Callable

from kcore.callbacks.base import Callback
from kcore.typing import Logs


class TerminateOnNaN(Callback):
    """Stops training when the loss is NaN or infinite, without an error.

    `fit` by itself raises one. The weights are those after the last step whose loss was finite.

    Example:
        >>> TerminateOnNaN().params
        {}
    """

    def on_train_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Looks at the loss."""
        loss = logs().get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"TerminateOnNaN: the loss is {loss} by batch {steps - 1}; stopping.")
            self.model.stop_training = True
