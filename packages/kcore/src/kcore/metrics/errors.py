"""Means of the losses' formulas, as metrics."""

from __future__ import annotations

from typing import Any

from kcore import arguments, backend, ops
from kcore.errors import ShapeError
from kcore.losses import functions
from kcore.metrics.base import ClassNumbersMean, SameShapeMean
from kcore.typing import Tensor


class MeanSquaredError(SameShapeMean):
    """The mean squared error."""

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_error, name, dtype)


class RootMeanSquaredError(SameShapeMean):
    """The square root of the mean squared error over all batches."""

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_error, name, dtype)

    def result(self) -> Tensor:
        """The square root of the mean."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(SameShapeMean):
    """The mean absolute error."""

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(SameShapeMean):
    """The mean absolute error in percent of the targets."""

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(SameShapeMean):
    """The mean squared difference of logarithms."""

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_logarithmic_error, name, dtype)


class BinaryCrossentropy(SameShapeMean):
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


class CategoricalCrossentropy(SameShapeMean):
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


class SparseCategoricalCrossentropy(ClassNumbersMean):
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


class KLDivergence(SameShapeMean):
    """The mean of sum(y_true * log(y_true / y_pred))."""

    def __init__(self, name: str = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(functions.kl_divergence, name, dtype)


class Poisson(SameShapeMean):
    """The mean of y_pred - y_true * log(y_pred)."""

    def __init__(self, name: str = "poisson", dtype: Any = None) -> None:
        super().__init__(functions.poisson, name, dtype)


class LogCoshError(SameShapeMean):
    """The mean logarithm of the error's hyperbolic cosine."""

    def __init__(self, name: str = "logcosh", dtype: Any = None) -> None:
        super().__init__(functions.log_cosh, name, dtype)


class Hinge(SameShapeMean):
    """The mean of max(1 - y_true * y_pred, 0) for labels -1 and 1, or 0 and 1."""

    def __init__(self, name: str = "hinge", dtype: Any = None) -> None:
        super().__init__(functions.hinge, name, dtype)


class SquaredHinge(SameShapeMean):
    """The mean of max(1 - y_true * y_pred, 0) squared for labels -1 and 1, or 0 and 1."""

    def __init__(self, name: str = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(functions.squared_hinge, name, dtype)


class CategoricalHinge(SameShapeMean):
    """The mean of max(best wrong score - right score + 1, 0) for one-hot targets."""

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(functions.categorical_hinge, name, dtype)


def cosine_likeness(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between the vectors: 1 where they point the same way."""
    return -functions.cosine_similarity(y_true, y_pred, axis)


class CosineSimilarity(SameShapeMean):
    """The mean cosine of the angle between target and prediction: 1 is best, unlike the loss.

    Args:
        name: key in logs.
        dtype: of the state.
        axis: axis of the vectors.
    """

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(cosine_likeness, name, dtype, axis=axis)
        self.axis = axis


def relative_error(y_true: Tensor, y_pred: Tensor, normalizer: Any) -> Tensor:
    """|y_true - y_pred| / normalizer, 0 where the normalizer is 0, element by element."""
    by = backend.tensor.convert(normalizer, backend.tensor.dtype_of(y_pred))
    shape, given = backend.tensor.static_shape(y_pred), backend.tensor.static_shape(by)
    if given not in ((), (1,), shape[-1:]):
        raise ShapeError(
            f"MeanRelativeError: the normalizer has shape {given}; predictions of shape {shape} "
            f"need one number, or {shape[-1]}."
        )
    zero = ops.equal(by, 0)
    error = ops.absolute(y_true - y_pred) / ops.where(zero, ops.ones_like(by), by)
    return ops.where(zero, 0.0, error)


class MeanRelativeError(SameShapeMean):
    """The mean of |y_true - y_pred| / normalizer; 0 where the normalizer is 0.

    Args:
        normalizer: one number, or one a column.
        name: key in logs.
        dtype: of the state.

    Raises:
        ConfigurationError: if the normalizer is no number.
        ShapeError: when updated, if there is not one number a column.

    Example:
        >>> m = MeanRelativeError([1.0, 2.0])
        >>> m.update_state([[1.0, 1.0]], [[2.0, 3.0]]); float(m.result())
        1.0
    """

    def __init__(
        self, normalizer: Any, name: str = "mean_relative_error", dtype: Any = None
    ) -> None:
        super().__init__(relative_error, name, dtype, normalizer=normalizer)
        several = hasattr(normalizer, "__len__") and not isinstance(normalizer, str)
        values = normalizer if several else [normalizer]
        for value in values:
            arguments.number(value, "normalizer", "MeanRelativeError")
        self.normalizer = normalizer
