"""Losses on numbers: how far predictions are from targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import arguments
from kcore.errors import DataError
from kcore.losses import functions
from kcore.losses.base import FormulaLoss
from kcore.typing import Shape


class MeanSquaredError(FormulaLoss):
    """mean((y_pred - y_true) squared)."""

    formula = functions.mean_squared_error


class MeanAbsoluteError(FormulaLoss):
    """mean(|y_pred - y_true|)."""

    formula = functions.mean_absolute_error


class MeanAbsolutePercentageError(FormulaLoss):
    """100 * mean(|y_true - y_pred| / |y_true|)."""

    formula = functions.mean_absolute_percentage_error


class MeanSquaredLogarithmicError(FormulaLoss):
    """mean((log(y_pred + 1) - log(y_true + 1)) squared)."""

    formula = functions.mean_squared_logarithmic_error


class Huber(FormulaLoss):
    """Half the squared error up to `delta`, linear beyond (Huber, 1964).

    Args:
        delta: positive, default 1.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if delta is not positive.
    """

    formula = functions.huber
    options = ("delta",)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.delta = arguments.number(delta, "delta", "Huber", above=0)


class LogCosh(FormulaLoss):
    """mean(log(cosh(y_pred - y_true)))."""

    formula = functions.log_cosh


class _OnSigns(FormulaLoss):
    """A loss whose targets are -1 and 1, or 0 and 1."""

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be from -1 to 1."""
        super().check_targets(targets, output_shape, owner)
        if targets.size and (np.min(targets) < -1 or np.max(targets) > 1):
            raise DataError(
                f"{owner} range from {np.min(targets)} to {np.max(targets)}, but the loss "
                f"{type(self).__name__} expects the labels -1 and 1, or 0 and 1. For several "
                "classes use categorical_hinge and one-hot targets."
            )


class Hinge(_OnSigns):
    """mean(max(1 - y_true * y_pred, 0)) for labels -1 and 1."""

    formula = functions.hinge


class SquaredHinge(_OnSigns):
    """mean(max(1 - y_true * y_pred, 0) squared) for labels -1 and 1."""

    formula = functions.squared_hinge


class CategoricalHinge(FormulaLoss):
    """max(best wrong score - right score + 1, 0) for one-hot targets."""

    formula = functions.categorical_hinge


class CosineSimilarity(FormulaLoss):
    """Minus the cosine of the angle between the vectors: -1 where they point the same way.

    Args:
        axis: axis of the vectors, default -1.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.
    """

    formula = functions.cosine_similarity
    options = ("axis",)

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = axis
