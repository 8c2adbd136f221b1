"""Means of the losses' formulas, as metrics."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.losses import functions
from kcore.losses.base import align
from kcore.metrics.base import MeanMetricWrapper
from kcore.typing import Tensor


class _ErrorMetric(MeanMetricWrapper):
    """Targets and predictions must have one shape; they are never broadcast."""

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Both in one shape."""
        return align(y_true, y_pred, type(self).__name__)


class MeanSquaredError(_ErrorMetric):
    """The mean squared error."""

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_error, name, dtype)


class RootMeanSquaredError(_ErrorMetric):
    """The square root of the mean squared error over all batches."""

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_error, name, dtype)

    def result(self) -> Tensor:
        """The square root of the mean."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(_ErrorMetric):
    """The mean absolute error."""

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(_ErrorMetric):
    """The mean absolute error in percent of the targets."""

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(_ErrorMetric):
    """The mean squared difference of logarithms."""

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_logarithmic_error, name, dtype)


class BinaryCrossentropy(_ErrorMetric):
    """The mean cross entropy of yes-or-no targets.

    Args:
        name: key in logs.
        dtype: of the state.
        from_logits: whether predictions are logits.
        label_smoothing: 0 (none) to 1.
    """

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(functions.binary_crossentropy, name, dtype, **arguments)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing


class CategoricalCrossentropy(_ErrorMetric):
    """The mean cross entropy of one-hot targets.

    Args:
        name: key in logs.
        dtype: of the state.
        from_logits: whether predictions are logits.
        label_smoothing: 0 (none) to 1.
        axis: axis of the classes.
    """

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(functions.categorical_crossentropy, name, dtype, **arguments)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross entropy of class numbers.

    Args:
        name: key in logs.
        dtype: of the state.
        from_logits: whether predictions are logits.
        ignore_class: samples with this number are left out; None keeps all.
        axis: axis of the classes.
    """

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(functions.sparse_categorical_crossentropy, name, dtype, **arguments)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis
