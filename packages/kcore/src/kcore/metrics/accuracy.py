"""How often predictions are right."""

from __future__ import annotations

from typing import Any

from kcore import arguments, backend, ops
from kcore.losses.base import align_class_numbers
from kcore.metrics.base import ClassNumbersMean, SameShapeMean
from kcore.typing import Tensor


def accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the prediction equals the target, element by element."""
    return ops.cast(ops.equal(y_true, y_pred), "float32")


def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """1 where the prediction lies on the target's side of the threshold, element by element."""
    y_pred = ops.convert_to_tensor(y_pred)
    chosen = ops.cast(ops.greater(y_pred, threshold), backend.tensor.dtype_of(y_pred))
    return ops.cast(ops.equal(ops.cast(y_true, backend.tensor.dtype_of(y_pred)), chosen), "float32")


def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is at the target's largest value, for each sample."""
    return ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1)), "float32")


def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is at the class number, for each sample."""
    y_true, y_pred = _class_numbers(y_true, y_pred)
    return ops.cast(ops.equal(y_true, ops.argmax(y_pred, -1)), "float32")


def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """1 where the target's class is among the k largest predictions, for each sample."""
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, -1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Tensor, y_pred: Tensor, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """1 where the class number is among the k largest predictions, for each sample.

    Args:
        from_sorted_ids: whether y_pred holds class numbers, the likeliest first.
    """
    y_true, y_pred = _class_numbers(y_true, y_pred)
    if from_sorted_ids:
        found = ops.equal(ops.expand_dims(y_true, -1), ops.cast(y_pred[..., :k], "int32"))
        return ops.cast(ops.any(found, axis=-1), "float32")
    shape = ops.shape(y_true)
    flat = ops.reshape(y_pred, (-1, backend.tensor.static_shape(y_pred)[-1]))
    hits = ops.in_top_k(ops.reshape(y_true, (-1,)), flat, k)
    return ops.cast(ops.reshape(hits, shape), "float32")


def _class_numbers(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    y_true, y_pred = ops.cast(y_true, "int32"), ops.convert_to_tensor(y_pred)
    return align_class_numbers(y_true, y_pred, -1, "Accuracy on class numbers")


class Accuracy(SameShapeMean):
    """How often predictions equal targets."""

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(SameShapeMean):
    """How often predictions lie on the right side of a threshold.

    Args:
        name: key in logs.
        dtype: of the state.
        threshold: default 0.5.
    """

    def __init__(
        self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = arguments.number(threshold, "threshold", type(self).__name__, 0, 1)


class CategoricalAccuracy(SameShapeMean):
    """How often the largest prediction is the one-hot target's class."""

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(ClassNumbersMean):
    """How often the largest prediction is the target's class number."""

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(SameShapeMean):
    """How often the one-hot target's class is among the k largest predictions."""

    def __init__(
        self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = arguments.whole(k, "k", type(self).__name__, 1)


class SparseTopKCategoricalAccuracy(ClassNumbersMean):
    """How often the target's class number is among the k largest predictions.

    Args:
        k: 1 or more.
        name: key in logs.
        dtype: of the state.
        from_sorted_ids: whether predictions are class numbers, the likeliest first.
    """

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        options = {"k": k, "from_sorted_ids": from_sorted_ids}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, **options)
        self.k = arguments.whole(k, "k", type(self).__name__, 1)
        self.from_sorted_ids = from_sorted_ids
