"""Areas under curves, and points on them: all from counts at many thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import arguments, backend, config, ops
from kcore.errors import ConfigurationError, ShapeError
from kcore.metrics.thresholds import (
    ThresholdCounts,
    check_thresholds,
    class_column,
    even_thresholds,
    ratio,
)
from kcore.typing import Shape, Tensor

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATIONS = ("interpolation", "minoring", "majoring")


class AUC(ThresholdCounts):
    """The area under the ROC or the precision-recall curve, from counts at thresholds.

    Between thresholds the curve is interpolated, so the value nears the exact area as thresholds
    grow dense. The precision-recall curve is interpolated as Davis and Goadrich (2006) do.

    Args:
        num_thresholds: 2 or more, at equal distances from 0 to 1; default 200.
        curve: "ROC", "PR" (precision over recall) or "PRGAIN" (Flach and Kull, 2015).
        summation_method: between two thresholds "interpolation", "minoring" (the lower end) or
            "majoring" (the higher end).
        name: key in logs.
        dtype: of the result.
        thresholds: own thresholds from 0 to 1 in place of `num_thresholds`.
        multi_label: whether the area is computed for each column, then averaged.
        num_labels: how many columns, with multi_label; found at the first batch if None.
        label_weights: a weight for each column, 0 or more.
        from_logits: whether predictions are logits instead of probabilities.

    Raises:
        ConfigurationError: if an argument is out of range.
        ShapeError: when updated, if predictions do not have num_labels columns.

    Example:
        >>> m = AUC(num_thresholds=3)
        >>> m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]); float(m.result())
        0.75
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        if thresholds is None:
            arguments.whole(num_thresholds, "num_thresholds", "AUC", 2)
            inner = even_thresholds(num_thresholds, "AUC")[1:-1]
        else:
            inner = sorted(check_thresholds(thresholds, "AUC"))
        # the ends lie outside, so that everything is above the first and nothing above the last
        super().__init__([-config.epsilon(), *inner, 1.0 + config.epsilon()], name, dtype)
        self.num_thresholds = num_thresholds if thresholds is None else len(inner) + 2
        self.curve = arguments.choice(curve, "curve", "AUC", CURVES)
        self.summation_method = arguments.choice(
            summation_method, "summation_method", "AUC", SUMMATIONS
        )
        self.thresholds = None if thresholds is None else inner
        self.multi_label = bool(multi_label)
        self.num_labels = _labels(num_labels, multi_label)
        self.label_weights = _weights(label_weights, num_labels)
        self.from_logits = bool(from_logits)
        if not multi_label or num_labels is not None:
            self.make_state(num_labels or 0)

    def prepare(self, target_shape: Shape | None, output_shape: Shape) -> None:
        """Makes the state for the number of columns."""
        if self.true_positives is None and output_shape[-1] is not None:
            self.make_state(output_shape[-1])

    def select(
        self, y_true: Tensor, y_pred: Tensor, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Probabilities; with label weights of one common area, these as weights."""
        shape = backend.tensor.static_shape(y_pred)
        expected = self.columns or (None if self.label_weights is None else len(self.label_weights))
        if expected and shape[-1] not in (None, expected):
            raise ShapeError(
                f"AUC counts {expected} labels; received predictions of shape {shape}, whose last "
                f"axis has {shape[-1]}. Set num_labels and label_weights accordingly."
            )
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        if self.label_weights is not None and not self.multi_label:
            by_label = ops.cast(np.asarray(self.label_weights), "float64")
            ones = ops.ones_like(y_pred, "float64")
            weights = (ones if weights is None else weights) * by_label
        return y_true, y_pred, weights

    def shares(self, y_true: Tensor) -> Tensor:
        """Soft targets count in part."""
        return ops.clip(ops.cast(y_true, "float64"), 0.0, 1.0)

    def result(self) -> Tensor:
        """The area; 0 before the first batch."""
        areas = self._areas()
        if not self.columns:
            return ops.cast(areas, self.dtype)
        if self.label_weights is None:
            return ops.cast(ops.mean(areas), self.dtype)
        by_label = ops.cast(np.asarray(self.label_weights), "float64")
        return ops.cast(ratio(ops.sum(areas * by_label), ops.sum(by_label)), self.dtype)

    def _areas(self) -> Tensor:
        tp, fp, tn, fn = self.counts()
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated_area(tp, fp, fn)
        recall, precision = ratio(tp, tp + fn), ratio(tp, tp + fp)
        if self.curve == "ROC":
            x, y = ratio(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, precision
        else:
            odds = ratio(tp + fn, fp + tn)
            found = ops.greater(tp, 0)
            x = ops.where(found, ops.maximum(1.0 - odds * ratio(fn, tp), 0.0), 0.0)
            # where nothing is found, nothing is found wrongly
            y = ops.where(found, 1.0 - odds * ratio(fp, tp), 1.0)
        return _area(x, y, self.summation_method)


def _labels(num_labels: Any, multi_label: bool) -> int | None:
    if num_labels is None:
        return None
    if not multi_label:
        raise ConfigurationError(
            f"AUC: num_labels={num_labels!r} needs multi_label=True; without it all columns make "
            "one area."
        )
    return arguments.whole(num_labels, "num_labels", "AUC", 1)


def _weights(weights: Any, num_labels: int | None) -> list[float] | None:
    if weights is None:
        return None
    if not hasattr(weights, "__len__"):
        raise ConfigurationError(f"AUC: label_weights must be a list; received {weights!r}.")
    values = [arguments.number(w, "label_weights", "AUC", 0) for w in weights]
    if num_labels is not None and len(values) != num_labels:
        raise ConfigurationError(
            f"AUC: label_weights has {len(values)} entries; num_labels is {num_labels}."
        )
    return values


def _area(x: Tensor, y: Tensor, summation: str) -> Tensor:
    """The area of the steps of a curve whose x falls."""
    if summation == "interpolation":
        height = (y[:-1] + y[1:]) / 2.0
    elif summation == "minoring":
        height = ops.minimum(y[:-1], y[1:])
    else:
        height = ops.maximum(y[:-1], y[1:])
    return ops.sum((x[:-1] - x[1:]) * height, axis=0)


def _interpolated_area(tp: Tensor, fp: Tensor, fn: Tensor) -> Tensor:
    """The area under precision over recall (Davis and Goadrich, 2006).

    Between two thresholds, true positives grow in proportion to all positives: precision is
    (slope * n + intercept) / n there, whose integral has a logarithm.
    """
    n = tp + fp
    slope = ops.maximum(ratio(tp[:-1] - tp[1:], ops.maximum(n[:-1] - n[1:], 0.0)), 0.0)
    intercept = tp[1:] - slope * n[1:]
    both = ops.logical_and(ops.greater(n[:-1], 0), ops.greater(n[1:], 0))
    growth = ops.where(both, ratio(n[:-1], n[1:]), 1.0)
    growth = ops.maximum(growth, 1.0)
    steps = slope * ((tp[:-1] - tp[1:]) + intercept * ops.log(growth))
    return ops.sum(ratio(steps, tp[1:] + fn[1:]), axis=0)


class _BestPoint(ThresholdCounts):
    """The best value of one rate among the thresholds where another reaches a bound.

    A subclass names its bound and says which rates it weighs; it is 0 where no threshold reaches
    the bound.
    """

    def __init__(
        self,
        bound: str,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: Any,
        dtype: Any,
    ) -> None:
        owner = type(self).__name__
        super().__init__(even_thresholds(num_thresholds, owner), name, dtype)
        self._bound = arguments.number(value, bound, owner, 0, 1)
        self.num_thresholds = num_thresholds
        self.class_id = (
            None if class_id is None else arguments.whole(class_id, "class_id", owner, 0)
        )
        self.make_state()

    def select(
        self, y_true: Tensor, y_pred: Tensor, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """One class, if asked for."""
        if self.class_id is None:
            return y_true, y_pred, weights
        return class_column(self.class_id, y_true, y_pred, weights, type(self).__name__)

    def rates(self) -> tuple[Tensor, Tensor]:
        """At each threshold: what must reach the bound, and what is wanted large."""
        raise ConfigurationError(f"{type(self).__name__} has no method `rates`; write one.")

    def result(self) -> Tensor:
        """The largest wanted rate where the bound is reached, 0 if nowhere."""
        bounded, wanted = self.rates()
        reached = ops.greater_equal(bounded, self._bound)
        return ops.cast(ops.max(ops.where(reached, wanted, 0.0)), self.dtype)


class SensitivityAtSpecificity(_BestPoint):
    """The largest share of targets 1 found where this share of targets 0 is told apart.

    Args:
        specificity: bound, 0 to 1.
        num_thresholds: 1 or more, default 200.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> m = SensitivityAtSpecificity(0.5)
        >>> m.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]); float(m.result())
        0.5
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("specificity", specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def rates(self) -> tuple[Tensor, Tensor]:
        """Specificity and sensitivity."""
        tp, fp, tn, fn = self.counts()
        return ratio(tn, tn + fp), ratio(tp, tp + fn)


class SpecificityAtSensitivity(_BestPoint):
    """The largest share of targets 0 told apart where this share of targets 1 is found.

    Args:
        sensitivity: bound, 0 to 1.
        num_thresholds: 1 or more, default 200.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> m = SpecificityAtSensitivity(0.5)
        >>> m.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]); round(float(m.result()), 4)
        0.6667
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("sensitivity", sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def rates(self) -> tuple[Tensor, Tensor]:
        """Sensitivity and specificity."""
        tp, fp, tn, fn = self.counts()
        return ratio(tp, tp + fn), ratio(tn, tn + fp)


class PrecisionAtRecall(_BestPoint):
    """The largest precision where the recall reaches a bound.

    Args:
        recall: bound, 0 to 1.
        num_thresholds: 1 or more, default 200.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> m = PrecisionAtRecall(0.5)
        >>> m.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]); float(m.result())
        0.5
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("recall", recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def rates(self) -> tuple[Tensor, Tensor]:
        """Recall and precision."""
        tp, fp, _, fn = self.counts()
        return ratio(tp, tp + fn), ratio(tp, tp + fp)


class RecallAtPrecision(_BestPoint):
    """The largest recall where the precision reaches a bound.

    Args:
        precision: bound, 0 to 1.
        num_thresholds: 1 or more, default 200.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> m = RecallAtPrecision(0.8)
        >>> m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]); float(m.result())
        0.5
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("precision", precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def rates(self) -> tuple[Tensor, Tensor]:
        """Precision and recall."""
        tp, fp, _, fn = self.counts()
        return ratio(tp, tp + fp), ratio(tp, tp + fn)
