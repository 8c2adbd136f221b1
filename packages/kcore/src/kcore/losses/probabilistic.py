"""Losses on probabilities: how likely the targets are under the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import backend, shapes
from kcore.errors import ConfigurationError, DataError, ShapeError
from kcore.losses import functions
from kcore.losses.base import Loss, check_target_shape
from kcore.typing import Shape, Tensor


class _Smoothed(Loss):
    """Shared arguments of the cross entropies on probabilities.

    Args:
        from_logits: whether predictions are logits instead of probabilities.
        label_smoothing: 0 (none) to 1.
        axis: axis of the classes.
        reduction: as for Loss.
        name: as for Loss.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        if not 0 <= label_smoothing <= 1:
            raise ConfigurationError(
                f"{type(self).__name__}: label_smoothing must be from 0 to 1; received "
                f"{label_smoothing!r}."
            )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class BinaryCrossentropy(_Smoothed):
    """mean(-y_true * log(p) - (1 - y_true) * log(1 - p)) for targets from 0 to 1.

    Example:
        >>> round(float(BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
        0.6931
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.binary_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be from 0 to 1."""
        super().check_targets(targets, output_shape, owner)
        if targets.size and (np.min(targets) < 0 or np.max(targets) > 1):
            raise DataError(
                f"{owner} range from {np.min(targets)} to {np.max(targets)}, but the loss "
                "BinaryCrossentropy expects values from 0 to 1. For several classes use "
                "sparse_categorical_crossentropy and one output a class."
            )


class CategoricalCrossentropy(_Smoothed):
    """-sum(y_true * log(p)) for one-hot or soft targets.

    Example:
        >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.6931
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class SparseCategoricalCrossentropy(Loss):
    """-log(p[y_true]) for class numbers from 0.

    Args:
        from_logits: whether predictions are logits instead of probabilities.
        ignore_class: samples with this number are left out; None keeps all.
        axis: axis of the classes.
        reduction: as for Loss.
        name: as for Loss.

    Shapes: targets (batch, ...) or (batch, ..., 1), predictions (batch, ..., classes).

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
        0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Class numbers have one axis less than predictions."""
        true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
        if len(true) == len(pred) and true[-1] == 1:
            y_true, true = backend.math.squeeze(y_true, -1), true[:-1]
        expected = pred[: self.axis % len(pred)] + pred[self.axis % len(pred) + 1 :]
        if not shapes.compatible(true, expected):
            raise ShapeError(
                f"SparseCategoricalCrossentropy: targets have shape {true}; predictions of shape "
                f"{pred} need class numbers of shape {expected}. For one-hot targets use "
                "CategoricalCrossentropy."
            )
        return y_true, y_pred

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )

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


class KLDivergence(Loss):
    """sum(y_true * log(y_true / y_pred)) (Kullback and Leibler, 1951)."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.kl_divergence(y_true, y_pred)


class Poisson(Loss):
    """mean(y_pred - y_true * log(y_pred))."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One value a sample."""
        return functions.poisson(y_true, y_pred)
