"""Losses on probabilities: how likely the targets are under the predictions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kcore import arguments
from kcore.errors import DataError
from kcore.losses import functions
from kcore.losses.base import FormulaLoss, align_class_numbers, check_target_shape
from kcore.typing import Shape, Tensor


class Smoothed(FormulaLoss):
    """Shared arguments of the cross entropies on probabilities.

    Args:
        from_logits: whether predictions are logits instead of probabilities.
        label_smoothing: 0 (none) to 1.
        axis: axis of the classes.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if label_smoothing is not from 0 to 1.
    """

    options: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        owner = type(self).__name__
        self.from_logits = from_logits
        self.label_smoothing = arguments.number(label_smoothing, "label_smoothing", owner, 0, 1)
        self.axis = axis


class OnShares(Smoothed):
    """A cross entropy whose targets are from 0 to 1, each on its own."""

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be from 0 to 1."""
        super().check_targets(targets, output_shape, owner)
        if targets.size and (np.min(targets) < 0 or np.max(targets) > 1):
            raise DataError(
                f"{owner} range from {np.min(targets)} to {np.max(targets)}, but the loss "
                f"{type(self).__name__} expects values from 0 to 1. For several classes use "
                "sparse_categorical_crossentropy and one output a class."
            )


class OnDistributions(Smoothed):
    """A cross entropy whose targets are one-hot or soft: one share a class."""

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """No share of a class may be negative."""
        super().check_targets(targets, output_shape, owner)
        check_not_negative(targets, owner, type(self).__name__, "a share for each class")


class BinaryCrossentropy(OnShares):
    """mean(-y_true * log(p) - (1 - y_true) * log(1 - p)) for targets from 0 to 1.

    Example:
        >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
        0.6931
    """

    formula = functions.binary_crossentropy


class CategoricalCrossentropy(OnDistributions):
    """-sum(y_true * log(p)) for one-hot or soft targets.

    Example:
        >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.6931
    """

    formula = functions.categorical_crossentropy


class OnClassNumbers(FormulaLoss):
    """A loss whose targets are class numbers from 0."""

    axis: int = -1
    ignore_class: int | None = None

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Class numbers have one axis less than predictions."""
        return align_class_numbers(y_true, y_pred, self.axis, type(self).__name__)

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be numbers of classes that the output has."""
        name = type(self).__name__
        if targets.ndim == len(output_shape) and targets.shape[-1] == output_shape[-1] != 1:
            raise DataError(
                f"{owner} have shape {targets.shape} like one-hot vectors, but the loss {name} "
                "expects class numbers. Use loss='categorical_crossentropy', or "
                "targets.argmax(-1)."
            )
        axis = self.axis % len(output_shape)
        rest = output_shape[:axis] + output_shape[axis + 1 :]
        check_target_shape(targets.shape, rest, owner, name)
        classes = output_shape[axis]
        numbers = targets if self.ignore_class is None else targets[targets != self.ignore_class]
        if classes is None or numbers.size == 0:
            return
        low, high = numbers.min(), numbers.max()
        if low < 0 or high >= classes:
            worst = low if low < 0 else high
            row = int(np.argwhere(np.asarray(targets) == worst)[0][0])
            raise DataError(
                f"{owner} hold the class number {worst} (row {row} of this piece), but the output "
                f"has {classes} classes, numbered 0 to {classes - 1}. Give the last layer "
                f"{int(high) + 1} units or mend the labels."
            )
        if not np.issubdtype(numbers.dtype, np.integer) and (numbers != np.floor(numbers)).any():
            raise DataError(
                f"{owner} hold fractions such as {numbers[numbers != np.floor(numbers)][0]}, but "
                f"the loss {name} expects class numbers."
            )


class SparseCategoricalCrossentropy(OnClassNumbers):
    """-log(p[y_true]) for class numbers from 0.

    Args:
        from_logits: whether predictions are logits instead of probabilities.
        ignore_class: samples with this number are left out; None keeps all.
        reduction: as for Loss.
        axis: axis of the classes.
        name: as for Loss.
        dtype: as for Loss.

    Shapes: targets (batch, ...) or (batch, ..., 1), predictions (batch, ..., classes).

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931
    """

    formula = functions.sparse_categorical_crossentropy
    options = ("from_logits", "ignore_class", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis


class CategoricalGeneralizedCrossEntropy(OnClassNumbers):
    """(1 - p[y_true] ** q) / q for class numbers that may be wrong (Zhang and Sabuncu, 2018).

    Args:
        q: above 0, at most 1: near 0 it is the cross entropy, at 1 the mean absolute error, which
            wrong labels disturb less. Default 0.5.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if q is out of range.

    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
        1.0
    """

    formula = functions.categorical_generalized_cross_entropy
    options = ("q",)

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.q = arguments.number(q, "q", type(self).__name__, above=0, high=1)


class KLDivergence(FormulaLoss):
    """sum(y_true * log(y_true / y_pred)) (Kullback and Leibler, 1951)."""

    formula = functions.kl_divergence

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """No probability may be negative."""
        super().check_targets(targets, output_shape, owner)
        check_not_negative(targets, owner, type(self).__name__, "probabilities")


class Poisson(FormulaLoss):
    """mean(y_pred - y_true * log(y_pred)): targets are counts, predictions rates above 0."""

    formula = functions.poisson

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """No count may be negative."""
        super().check_targets(targets, output_shape, owner)
        check_not_negative(targets, owner, type(self).__name__, "counts")


def check_not_negative(targets: Any, owner: str, loss: str, what: str) -> None:
    """Refuses targets below 0.

    Args:
        targets: numpy array.
        owner: which targets, for the error.
        loss: which loss, for the error.
        what: what the loss expects.

    Raises:
        DataError: if one is negative.
    """
    if targets.size and np.min(targets) < 0:
        place = [int(i) for i in np.argwhere(np.asarray(targets) < 0)[0]]
        raise DataError(
            f"{owner} hold {np.min(targets)} (first negative value in row {place[0]} of this "
            f"piece), but the loss {loss} expects {what}, 0 or more."
        )
