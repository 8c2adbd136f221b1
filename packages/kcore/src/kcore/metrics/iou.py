"""Intersection over union: how well areas cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kcore import arguments, backend, ops
from kcore.errors import ConfigurationError
from kcore.metrics.matrix import MatrixMetric
from kcore.metrics.thresholds import ratio
from kcore.typing import Shape, Tensor


class _Overlap(MatrixMetric):
    """The mean intersection over union of some classes."""

    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1

    def __init__(
        self,
        num_classes: int,
        classes: Sequence[int] | None,
        name: str | None,
        dtype: Any,
        ignore_class: int | None,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class)
        self._classes = list(range(num_classes)) if classes is None else list(classes)
        owner = type(self).__name__
        for one in self._classes:
            if arguments.whole(one, "target_class_ids", owner, 0) >= num_classes:
                raise ConfigurationError(
                    f"{owner}: target_class_ids holds {one}; the {num_classes} classes are "
                    f"numbered 0 to {num_classes - 1}."
                )

    def numbers(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Class numbers, along `axis` where they are one-hot."""
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, self.axis)
        return ops.cast(y_true, "int32"), ops.cast(y_pred, "int32")

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Class numbers must be numbers of classes."""
        if self.sparse_y_true:
            self.check_numbers(targets, owner)

    def result(self) -> Tensor:
        """The mean over the classes that occur in targets or predictions; 0 if none does."""
        matrix = self.matrix.value
        both = ops.sum(matrix * np.eye(self.num_classes), axis=0)
        union = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - both
        each = ops.take(ratio(both, union), self._classes, axis=0)
        occur = ops.cast(ops.take(ops.greater(union, 0), self._classes, axis=0), "float64")
        return ops.cast(ratio(ops.sum(each * occur), ops.sum(occur)), self.dtype)


class IoU(_Overlap):
    """Common area / joint area of target and prediction, the mean over some classes.

    Args:
        num_classes: 2 or more.
        target_class_ids: the classes whose mean it is.
        name: key in logs.
        dtype: of the result.
        ignore_class: values with this target are left out; None keeps all.
        sparse_y_true: whether targets are class numbers; else one-hot along `axis`.
        sparse_y_pred: whether predictions are class numbers; else probabilities along `axis`.
        axis: of the classes.

    Raises:
        ConfigurationError: if an argument is out of range.
        DataError: before training, if a target is no class.

    Example:
        >>> m = IoU(num_classes=2, target_class_ids=[0])
        >>> m.update_state([0, 0, 1, 1], [0, 1, 0, 1]); round(float(m.result()), 4)
        0.3333
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class)
        self.target_class_ids = list(target_class_ids)
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis


class MeanIoU(_Overlap):
    """Common area / joint area of target and prediction, the mean over all classes.

    Args:
        num_classes: 2 or more.
        name: key in logs.
        dtype: of the result.
        ignore_class: values with this target are left out; None keeps all.
        sparse_y_true: whether targets are class numbers; else one-hot along `axis`.
        sparse_y_pred: whether predictions are class numbers; False for a softmax output.
        axis: of the classes.

    Example:
        >>> m = MeanIoU(num_classes=2)
        >>> m.update_state([0, 0, 1, 1], [0, 1, 0, 1]); round(float(m.result()), 4)
        0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, None, name, dtype, ignore_class)
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis


class OneHotIoU(_Overlap):
    """IoU for one-hot targets and, unless `sparse_y_pred`, probabilities.

    Args:
        num_classes: 2 or more.
        target_class_ids: the classes whose mean it is.
        name: key in logs.
        dtype: of the result.
        ignore_class: values with this target are left out; None keeps all.
        sparse_y_pred: whether predictions are class numbers.
        axis: of the classes.

    Example:
        >>> m = OneHotIoU(num_classes=2, target_class_ids=[1])
        >>> m.update_state([[1, 0], [0, 1]], [[0.8, 0.2], [0.6, 0.4]]); float(m.result())
        0.0
    """

    sparse_y_true = False

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class)
        self.target_class_ids = list(target_class_ids)
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis


class OneHotMeanIoU(_Overlap):
    """MeanIoU for one-hot targets and, unless `sparse_y_pred`, probabilities.

    Args:
        num_classes: 2 or more.
        name: key in logs.
        dtype: of the result.
        ignore_class: values with this target are left out; None keeps all.
        sparse_y_pred: whether predictions are class numbers.
        axis: of the classes.

    Example:
        >>> m = OneHotMeanIoU(num_classes=2)
        >>> m.update_state([[1, 0], [0, 1]], [[0.8, 0.2], [0.6, 0.4]]); float(m.result())
        0.25
    """

    sparse_y_true = False

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, None, name, dtype, ignore_class)
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis


class BinaryIoU(_Overlap):
    """IoU of two classes: predictions of at least a threshold are class 1.

    Args:
        target_class_ids: the classes whose mean it is, default both.
        threshold: 0 to 1, default 0.5.
        name: key in logs.
        dtype: of the result.

    Example:
        >>> m = BinaryIoU([0, 1], threshold=0.3)
        >>> m.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]); round(float(m.result()), 4)
        0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype, None)
        self.target_class_ids = list(target_class_ids)
        self.threshold = arguments.number(threshold, "threshold", "BinaryIoU", 0, 1)

    def numbers(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Class 1 from the threshold on."""
        above = ops.greater_equal(y_pred, backend.tensor.convert(self.threshold, "float32"))
        return ops.cast(y_true, "int32"), ops.cast(above, "int32")
