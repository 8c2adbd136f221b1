"""The confusion matrix as state: how often each class was taken for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import arguments, backend, dtypes, ops
from kcore.errors import DataError
from kcore.losses.base import fit_weights, same_shape
from kcore.metrics.base import Metric
from kcore.typing import Shape, Tensor

# counts are kept as float64: whole numbers stay exact up to 2**53
_COUNT = "float64"


class MatrixMetric(Metric):
    """Base of metrics made of a confusion matrix, rows the targets, columns the predictions.

    Args:
        num_classes: 2 or more.
        name: as for Metric.
        dtype: of the result.
        ignore_class: values with this target are left out; None keeps all.

    Attributes:
        matrix: variable (classes, classes).
    """

    def __init__(
        self, num_classes: int, name: str | None, dtype: Any, ignore_class: int | None = None
    ) -> None:
        super().__init__(name, dtype)
        if not dtypes.is_float(self.dtype):
            self.dtype = "float32"  # Keras writes "int", the dtype of its counts
        self.num_classes = arguments.whole(num_classes, "num_classes", type(self).__name__, 2)
        self.ignore_class = ignore_class
        shape = (self.num_classes, self.num_classes)
        self.matrix = self.add_variable(shape, dtype=_COUNT, name="total_confusion_matrix")

    def numbers(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Targets and predictions as class numbers; either may be one-hot or probabilities."""
        classes = self.num_classes
        true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
        fractions = backend.tensor.dtype_of(y_pred).startswith(("float", "bfloat"))
        if fractions and len(pred) > 1 and pred[-1] == classes:
            if len(true) == len(pred) and true[-1] == classes:
                y_true = ops.argmax(y_true, -1)
            y_pred = ops.argmax(y_pred, -1)
        elif fractions and classes == 2:
            y_pred = ops.greater(y_pred, 0.5)
        return ops.cast(y_true, "int32"), ops.cast(y_pred, "int32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into account; masked values and numbers that are no class do not count.

        Raises:
            DataError: outside compiled code, if a target is no class.
        """
        owner, classes = type(self).__name__, self.num_classes
        y_pred = backend.tensor.convert(y_pred)
        mask = backend.tensor.get_mask(y_pred)
        y_true, y_pred = self.numbers(backend.tensor.convert(y_true), y_pred)
        y_true, y_pred = same_shape(y_true, y_pred, owner)
        if not backend.tensor.in_graph():
            self.check_numbers(backend.tensor.to_numpy(y_true), "The targets")
        weights = ops.ones_like(y_true, _COUNT)
        for part in (mask, sample_weight):
            if part is not None:
                fitted = fit_weights(backend.tensor.convert(part, _COUNT), y_true, owner)
                weights = weights * fitted
        kept = ops.logical_and(_inside(y_true, classes), _inside(y_pred, classes))
        if self.ignore_class is not None:
            kept = ops.logical_and(kept, ops.not_equal(y_true, self.ignore_class))
        index = ops.where(kept, y_true * classes + y_pred, -1)
        counts = backend.math.histogram(index, weights, classes * classes)
        self.matrix.assign_add(ops.reshape(counts, (classes, classes)))

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets that are class numbers must be numbers of classes."""
        if targets.ndim < len(output_shape) or targets.shape[-1] == 1:
            self.check_numbers(targets, owner)

    def check_numbers(self, targets: Any, owner: str) -> None:
        """Refuses targets that are no class.

        Raises:
            DataError: if one is not.
        """
        numbers = np.asarray(targets)
        if self.ignore_class is not None:
            numbers = numbers[numbers != self.ignore_class]
        if numbers.size and (numbers.min() < 0 or numbers.max() >= self.num_classes):
            worst = numbers.min() if numbers.min() < 0 else numbers.max()
            raise DataError(
                f"{owner} hold the class number {worst}, but the metric {self.name!r} "
                f"({type(self).__name__}) counts {self.num_classes} classes, numbered 0 to "
                f"{self.num_classes - 1}. Set num_classes, or ignore_class for a class that does "
                "not count."
            )


def _inside(numbers: Tensor, classes: int) -> Tensor:
    return ops.logical_and(ops.greater_equal(numbers, 0), ops.less(numbers, classes))
