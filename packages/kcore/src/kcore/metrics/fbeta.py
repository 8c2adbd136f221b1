"""F-scores: precision and recall in one number, by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import arguments, backend, config, ops
from kcore.errors import ConfigurationError, ShapeError
from kcore.losses.base import align
from kcore.metrics.base import Metric, joined_weights
from kcore.metrics.thresholds import ratio
from kcore.typing import Config, Shape, Tensor

AVERAGES = (None, "micro", "macro", "weighted")
# counts are kept as float64: whole numbers stay exact up to 2**53
_COUNT = "float64"


class FBetaScore(Metric):
    """(1 + beta ** 2) * precision * recall / (beta ** 2 * precision + recall), by class.

    0 for a class that is neither there nor found.

    Args:
        average: None gives a number a class; "macro" their mean, "weighted" their mean by how often
            a class is there, "micro" the score of all classes counted together.
        beta: how much more recall counts than precision, positive, default 1.
        threshold: above it, 0 to 1, a class counts as found; None takes the largest prediction.
        name: key in logs.
        dtype: of the result.
        class_names: name of each class, for logs: "f1_score_cat"; None numbers them.

    Shapes: one-hot or multi-label targets and predictions (batch, ..., classes).

    Raises:
        ConfigurationError: if an argument is out of range.
        ShapeError: when updated, if shapes differ, or there is not one name a class.

    Example:
        >>> m = FBetaScore(beta=2.0, threshold=0.5)
        >>> m.update_state([[1, 0], [1, 1]], [[0.9, 0.8], [0.2, 0.7]])
        >>> [round(float(v), 4) for v in m.result()]
        [0.5556, 0.8333]
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.average = arguments.choice(average, "average", owner, AVERAGES)
        self.beta = arguments.number(beta, "beta", owner, above=0)
        self.threshold = (
            None if threshold is None else arguments.number(threshold, "threshold", owner, 0, 1)
        )
        self.class_names = None if class_names is None else [str(n) for n in class_names]
        if self.class_names is not None and average is not None:
            raise ConfigurationError(
                f"{owner}: class_names name the entries of average=None; average is {average!r}, "
                "which gives one number."
            )
        self.true_positives: Any = None
        self.false_positives: Any = None
        self.false_negatives: Any = None
        if self.class_names is not None:
            self._make_state(len(self.class_names))

    def _make_state(self, classes: int) -> None:
        for name in ("true_positives", "false_positives", "false_negatives"):
            setattr(self, name, self.add_variable((classes,), dtype=_COUNT, name=name))

    def prepare(self, target_shape: Shape | None, output_shape: Shape) -> None:
        """Makes the state for the number of classes."""
        if self.true_positives is None and output_shape[-1] is not None:
            self._make_state(output_shape[-1])

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into account; masked values do not count."""
        owner = type(self).__name__
        y_pred = backend.tensor.convert(y_pred)
        mask = backend.tensor.get_mask(y_pred)
        if not backend.tensor.dtype_of(y_pred).startswith("float"):
            y_pred = backend.tensor.cast(y_pred, config.floatx())
        y_true, y_pred = align(backend.tensor.convert(y_true), y_pred, owner)
        self._check(backend.tensor.static_shape(y_pred))
        weights = joined_weights(y_pred, mask, sample_weight, _COUNT, owner)
        there, found = ops.cast(y_true, _COUNT), ops.cast(self._found(y_pred), _COUNT)
        classes = self.true_positives.shape[0]
        for variable, values in (
            (self.true_positives, found * there),
            (self.false_positives, found * (1.0 - there)),
            (self.false_negatives, (1.0 - found) * there),
        ):
            weighted = values if weights is None else values * weights
            variable.assign_add(ops.sum(ops.reshape(weighted, (-1, classes)), axis=0))

    def _check(self, shape: Shape) -> None:
        owner = type(self).__name__
        if len(shape) < 2 or shape[-1] is None:
            raise ShapeError(
                f"{owner} expects predictions (batch, classes) with a known number of classes; "
                f"received {shape}."
            )
        self.prepare(None, shape)
        if self.true_positives.shape != shape[-1:]:
            raise ShapeError(
                f"{owner} counts {self.true_positives.shape[0]} classes; received predictions of "
                f"shape {shape}, which have {shape[-1]}."
            )

    def _found(self, y_pred: Tensor) -> Tensor:
        if self.threshold is not None:
            return ops.greater(y_pred, self.threshold)
        largest = ops.greater_equal(y_pred, ops.max(y_pred, axis=-1, keepdims=True))
        # a row of zeros, such as padding, finds nothing
        return ops.logical_and(largest, ops.greater(ops.absolute(y_pred), 1e-9))

    def result(self) -> Tensor:
        """A number a class, or their average; 0 before the first batch."""
        if self.true_positives is None:
            return ops.zeros((), self.dtype)
        counts = [
            v.value for v in (self.true_positives, self.false_positives, self.false_negatives)
        ]
        if self.average == "micro":
            counts = [ops.sum(count) for count in counts]
        tp, fp, fn = counts
        precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
        square = self.beta**2
        scores = ratio((1.0 + square) * precision * recall, square * precision + recall)
        if self.average == "macro":
            scores = ops.mean(scores)
        elif self.average == "weighted":
            scores = ratio(ops.sum(scores * (tp + fn)), ops.sum(tp + fn))
        return ops.cast(scores, self.dtype)

    def get_config(self) -> Config:
        """The arguments that make an equal metric; class names only if there are any."""
        config = super().get_config()
        if self.class_names is None:
            del config["class_names"]  # Keras' class of this name has no such argument
        return config


class F1Score(FBetaScore):
    """2 * precision * recall / (precision + recall), by class.

    Args:
        average: None gives a number a class; "macro" their mean, "weighted" their mean by how often
            a class is there, "micro" the score of all classes counted together.
        threshold: above it, 0 to 1, a class counts as found; None takes the largest prediction.
        name: key in logs.
        dtype: of the result.
        class_names: name of each class, for logs: "f1_score_cat"; None numbers them.

    Example:
        >>> m = F1Score(average="macro", threshold=0.5)
        >>> m.update_state([[1, 0], [1, 1]], [[0.9, 0.8], [0.2, 0.7]])
        >>> round(float(m.result()), 4)
        0.6667
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype, class_names)
