"""How much of the spread of targets predictions explain, and how they go together."""

from __future__ import annotations

from typing import Any

from kcore import arguments, backend, config, ops
from kcore.errors import ShapeError
from kcore.losses.base import align
from kcore.metrics.base import Metric, SameShapeMean, joined_weights
from kcore.metrics.thresholds import ratio
from kcore.typing import Shape, Tensor

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")
# sums are kept as float64: the spread is a small difference of large sums
_SUM = "float64"


_LOWEST = -3.4e38


class R2Score(Metric):
    """1 - squared errors / squared distances of the targets from their mean, over all batches.

    1 is perfect, 0 as good as always predicting the mean. Where the targets do not spread it is 1
    for predictions without error and 0 for others.

    Args:
        class_aggregation: None gives a number a column; "uniform_average" their mean,
            "variance_weighted_average" their mean by the spread of the targets.
        num_regressors: number of input features; above 0 the result is the adjusted score, in which
            the samples are the rows of a weight above 0.
        name: key in logs.
        dtype: of the result.

    Shapes: targets and predictions (batch,) or (batch, ..., columns).

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> m = R2Score()
        >>> m.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
        >>> round(float(m.result()), 4)
        0.5714
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        self.class_aggregation = arguments.choice(
            class_aggregation, "class_aggregation", "R2Score", AGGREGATIONS
        )
        self.num_regressors = arguments.whole(num_regressors, "num_regressors", "R2Score", 0)
        self.samples = self.add_variable(dtype=_SUM, name="num_samples")
        self.count = self.add_variable(dtype=_SUM, name="count")
        self.sums: Any = None
        self.squares: Any = None
        self.errors: Any = None

    def prepare(self, target_shape: Shape | None, output_shape: Shape) -> None:
        """Makes the state for the number of columns."""
        columns = output_shape[-1] if len(output_shape) > 1 else 1
        if self.sums is not None or columns is None:
            return
        self.sums = self.add_variable((columns,), dtype=_SUM, name="sum")
        self.squares = self.add_variable((columns,), dtype=_SUM, name="squared_sum")
        self.errors = self.add_variable((columns,), dtype=_SUM, name="squared_errors")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into account; masked values do not count."""
        y_pred = backend.tensor.convert(y_pred)
        mask = backend.tensor.get_mask(y_pred)
        if not backend.tensor.dtype_of(y_pred).startswith("float"):
            y_pred = backend.tensor.cast(y_pred, config.floatx())
        y_true, y_pred = align(backend.tensor.convert(y_true), y_pred, "R2Score")
        shape = backend.tensor.static_shape(y_pred)
        self.prepare(None, shape)
        if self.sums is None or self.sums.shape != ((shape[1:] and shape[-1:]) or (1,)):
            counted = "an unknown number of" if self.sums is None else self.sums.shape[0]
            raise ShapeError(
                f"R2Score counts {counted} columns; received predictions of shape {shape}. The "
                "number of columns must be known and stay the same."
            )
        columns = self.sums.shape[0]
        # one weight a row: the columns of a row count alike
        rows = y_pred if len(shape) < 2 else y_pred[..., 0]
        weights = joined_weights(rows, mask, sample_weight, _SUM, "R2Score")
        flat = ops.ones_like(rows, _SUM) if weights is None else weights
        weight = ops.reshape(flat, (-1, 1))
        true = ops.reshape(ops.cast(y_true, _SUM), (-1, columns))
        pred = ops.reshape(ops.cast(y_pred, _SUM), (-1, columns))
        # as in Keras, what the adjusted score counts are the values, not the rows
        self.samples.assign_add(ops.sum(ops.cast(ops.greater(weight, 0), _SUM)) * columns)
        self.count.assign_add(ops.sum(weight))
        self.sums.assign_add(ops.sum(weight * true, axis=0))
        self.squares.assign_add(ops.sum(weight * ops.square(true), axis=0))
        self.errors.assign_add(ops.sum(weight * ops.square(true - pred), axis=0))

    def result(self) -> Tensor:
        """The score, one number or one a column; 0 before the first batch."""
        if self.sums is None:
            return ops.zeros((), self.dtype)
        count, sums, errors = self.count.value, self.sums.value, self.errors.value
        spread = ops.maximum(self.squares.value - sums * ratio(sums, count + 0.0 * sums), 0.0)
        # what is left of rounding is no spread
        spread = ops.where(ops.less(spread, 1e-14 * self.squares.value), 0.0, spread)
        flat = ops.where(ops.equal(errors, 0), 1.0, 0.0)
        score = ops.where(ops.equal(spread, 0), flat, 1.0 - ratio(errors, spread))
        if self.class_aggregation == "uniform_average":
            score = ops.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            even = ops.equal(ops.sum(spread), 0)
            score = ops.where(
                even, ops.mean(score), ratio(ops.sum(score * spread), ops.sum(spread))
            )
        # targets that hardly differ give scores that 32 bits cannot hold
        score = ops.maximum(self._adjusted(score), _LOWEST)
        return ops.cast(ops.where(ops.equal(count, 0), 0.0, score), self.dtype)

    def _adjusted(self, score: Tensor) -> Tensor:
        """With as many regressors as samples there is no adjusted score: the plain one stays."""
        if not self.num_regressors:
            return score
        samples = self.samples.value
        free = samples - self.num_regressors - 1.0
        adjusted = 1.0 - (1.0 - score) * (samples - 1.0) / ops.maximum(free, 1e-9)
        return ops.where(ops.greater(free, 0), adjusted, score)


def _centered(values: Tensor, axis: int) -> Tensor:
    return values - ops.mean(values, axis=axis, keepdims=True)


def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """The linear correlation of targets and predictions along an axis, -1 to 1 (Pearson, 1895)."""
    true, pred = _centered(y_true, axis), _centered(y_pred, axis)
    spreads = [ops.sqrt(ops.sum(ops.square(x), axis=axis)) for x in (true, pred)]
    return ratio(ops.sum(true * pred, axis=axis), spreads[0] * spreads[1])


def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """How near points (target, prediction) are to the diagonal along an axis (Lin, 1989)."""
    true, pred = _centered(y_true, axis), _centered(y_pred, axis)
    apart = ops.square(ops.mean(y_true, axis=axis) - ops.mean(y_pred, axis=axis))
    spreads = ops.mean(ops.square(true), axis=axis) + ops.mean(ops.square(pred), axis=axis)
    return 2.0 * ops.mean(true * pred, axis=axis) / (spreads + apart + config.epsilon())


class PearsonCorrelation(SameShapeMean):
    """The mean over the samples of the linear correlation along an axis (Pearson, 1895).

    Args:
        name: key in logs.
        dtype: of the state.
        axis: along which targets and predictions are compared, within a sample.

    Example:
        >>> m = PearsonCorrelation()
        >>> m.update_state([[0.0, 1.0, 0.5]], [[1.0, 3.0, 2.0]]); round(float(m.result()), 4)
        1.0
    """

    def __init__(
        self, name: str = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(SameShapeMean):
    """The mean over the samples of the concordance along an axis (Lin, 1989).

    Args:
        name: key in logs.
        dtype: of the state.
        axis: along which targets and predictions are compared, within a sample.

    Example:
        >>> m = ConcordanceCorrelation()
        >>> m.update_state([[0.0, 1.0, 0.5]], [[0.0, 1.0, 0.5]]); round(float(m.result()), 4)
        1.0
    """

    def __init__(
        self, name: str = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
        self.axis = axis


class MeanTensor(Metric):
    """The weighted mean of tensors, element by element.

    Args:
        name: key in logs.
        dtype: of the state.
        shape: of the tensors; that of the first if None.

    Example:
        >>> m = MeanTensor()
        >>> m.update_state([0.0, 1.0]); m.update_state([4.0, 3.0]); m.result().numpy().tolist()
        [2.0, 2.0]
    """

    def __init__(
        self, name: str | None = "mean_tensor", dtype: Any = None, shape: Shape | None = None
    ) -> None:
        super().__init__(name, dtype)
        self.shape = None if shape is None else tuple(shape)
        self.total: Any = None
        self.count: Any = None
        if self.shape is not None:
            self._make_state(self.shape)

    def _make_state(self, shape: Shape) -> None:
        self.total = self.add_variable(shape, name="total")
        self.count = self.add_variable(shape, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds a tensor, once or by its weight.

        Raises:
            ShapeError: if its shape is not that of the first.
        """
        values = backend.tensor.convert(values, self.dtype)
        if self.total is None:
            self._make_state(backend.tensor.static_shape(values))
        if backend.tensor.static_shape(values) != self.total.shape:
            raise ShapeError(
                f"MeanTensor {self.name!r} holds tensors of shape {self.total.shape}; received "
                f"{backend.tensor.static_shape(values)}."
            )
        weights = joined_weights(values, None, sample_weight, self.dtype, "MeanTensor")
        weights = ops.ones_like(values) if weights is None else weights
        self.total.assign_add(values * weights)
        self.count.assign_add(weights)

    def result(self) -> Tensor:
        """The mean; 0 before the first tensor."""
        if self.total is None:
            return ops.zeros((), self.dtype)
        return ratio(self.total.value, self.count.value)
