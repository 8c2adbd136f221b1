"""LossSubject: a loss under test, with targets and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore.losses import Loss
from kcore.testing.subject import Subject, paired


class LossSubject(Subject):
    """A loss under test.

    Args:
        make: makes the loss, a new one at each call.
        y_true: targets, batch first.
        y_pred: predictions for them.

    Raises:
        ConfigurationError: if there are fewer than 4 samples, or not as many on both sides.
    """

    kind = "loss"
    base = Loss

    def __init__(self, make: Callable[[], Any], y_true: Any, y_pred: Any) -> None:
        super().__init__(make)
        self.y_true, self.y_pred = paired(y_true, y_pred, "check_loss")

    def reduced(self, reduction: str) -> Any:
        """The loss with another reduction."""
        loss = self.make()
        return type(loss).from_config({**loss.get_config(), "reduction": reduction})

    def values(self) -> Any:
        """One value or more for each sample, as an array; needs a loss that has them."""
        values = np.asarray(self.reduced("none")(self.y_true, self.y_pred))
        self.need(values.shape[:1] == self.y_true.shape[:1], "one value for all samples together")
        return values
