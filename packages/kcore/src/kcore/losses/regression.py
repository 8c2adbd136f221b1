"""Losses on numbers: how far predictions are from targets."""

from __future__ import annotations

from kcore.errors import ConfigurationError
from kcore.losses import functions
from kcore.losses.base import Loss
from kcore.typing import Tensor


class MeanSquaredError(Loss):
    """mean((y_pred - y_true) squared)."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(Loss):
    """mean(|y_pred - y_true|)."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.mean_absolute_error(y_true, y_pred)


class MeanAbsolutePercentageError(Loss):
    """100 * mean(|y_true - y_pred| / |y_true|)."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.mean_absolute_percentage_error(y_true, y_pred)


class MeanSquaredLogarithmicError(Loss):
    """mean((log(y_pred + 1) - log(y_true + 1)) squared)."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.mean_squared_logarithmic_error(y_true, y_pred)


class Huber(Loss):
    """Half the squared error up to `delta`, linear beyond (Huber, 1964).

    Args:
        delta: positive, default 1.
        reduction: as for Loss.
        name: as for Loss.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
    ) -> None:
        super().__init__(reduction, name)
        if not delta > 0:
            raise ConfigurationError(f"Huber: delta must be positive; received {delta!r}.")
        self.delta = delta

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.huber(y_true, y_pred, self.delta)


class LogCosh(Loss):
    """mean(log(cosh(y_pred - y_true)))."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.log_cosh(y_true, y_pred)


class Hinge(Loss):
    """mean(max(1 - y_true * y_pred, 0)) for labels -1 and 1."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.hinge(y_true, y_pred)


class SquaredHinge(Loss):
    """mean(max(1 - y_true * y_pred, 0) squared) for labels -1 and 1."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.squared_hinge(y_true, y_pred)


class CategoricalHinge(Loss):
    """max(best wrong score - right score + 1, 0) for one-hot targets."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.categorical_hinge(y_true, y_pred)


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between the vectors.

    Args:
        axis: axis of the vectors, default -1.
        reduction: as for Loss.
        name: as for Loss.
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.axis = axis

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.cosine_similarity(y_true, y_pred, self.axis)
