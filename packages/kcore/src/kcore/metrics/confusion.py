"""How predictions above a threshold are right and wrong: counts, precision, recall."""

from __future__ import annotations

from typing import Any

from kcore import arguments, backend, ops
from kcore.errors import ShapeError
from kcore.metrics.thresholds import (
    ThresholdCounts,
    check_thresholds,
    class_column,
    optional_whole,
    ratio,
)
from kcore.typing import Tensor

# below any prediction: with top_k alone, every prediction among the k largest is positive
_LOWEST = -1e10


class _Count(ThresholdCounts):
    """One of the four counts.

    Args:
        thresholds: one or several from 0 to 1, default 0.5.
        name: key in logs.
        dtype: of the result.
    """

    which: int

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        edges = check_thresholds(0.5 if thresholds is None else thresholds, type(self).__name__)
        super().__init__(edges, name, dtype)
        self.thresholds = thresholds
        self.make_state()

    def result(self) -> Tensor:
        """The weighted count: one number, or one a threshold."""
        found = ops.cast(self.counts()[self.which], self.dtype)
        return found[0] if len(self._edges) == 1 else found


class TruePositives(_Count):
    """How many targets 1 have predictions above the threshold.

    Args:
        thresholds: one or several from 0 to 1, default 0.5.
        name: key in logs.
        dtype: of the result.

    Example:
        >>> m = TruePositives()
        >>> m.update_state([0, 1, 1], [0.9, 0.8, 0.1]); float(m.result())
        1.0
    """

    which = 0


class FalsePositives(_Count):
    """How many targets 0 have predictions above the threshold. Arguments as TruePositives."""

    which = 1


class TrueNegatives(_Count):
    """How many targets 0 have predictions up to the threshold. Arguments as TruePositives."""

    which = 2


class FalseNegatives(_Count):
    """How many targets 1 have predictions up to the threshold. Arguments as TruePositives."""

    which = 3


class _Selective(ThresholdCounts):
    """Counts among the k largest predictions, or of one class.

    Args:
        thresholds: one or several from 0 to 1; 0.5 if None and top_k is None.
        top_k: only the k largest predictions along the last axis can be positive.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        owner = type(self).__name__
        edges = [0.5 if top_k is None else _LOWEST]
        if thresholds is not None:
            edges = check_thresholds(thresholds, owner)
        super().__init__(edges, name, dtype)
        self.thresholds = thresholds
        self.top_k = optional_whole(top_k, "top_k", owner, 1)
        self.class_id = (
            None if class_id is None else arguments.whole(class_id, "class_id", owner, 0)
        )
        self.make_state()

    def select(
        self, y_true: Tensor, y_pred: Tensor, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Leaves out what is not among the k largest, and other classes."""
        width = backend.tensor.static_shape(y_pred)[-1] or 0
        if self.top_k is not None:
            if self.top_k > width:
                raise ShapeError(
                    f"{type(self).__name__}: top_k is {self.top_k}; predictions of shape "
                    f"{backend.tensor.static_shape(y_pred)} have {width} classes."
                )
            _, places = ops.top_k(y_pred, self.top_k)
            among = ops.max(ops.one_hot(places, width, dtype="int32"), axis=-2)
            y_pred = ops.where(ops.equal(among, 1), y_pred, _LOWEST)
        if self.class_id is None:
            return y_true, y_pred, weights
        return class_column(self.class_id, y_true, y_pred, weights, type(self).__name__)

    def _single(self, values: Tensor) -> Tensor:
        values = ops.cast(values, self.dtype)
        return values[0] if len(self._edges) == 1 else values


class Precision(_Selective):
    """How much of what was found is right: true positives / all predicted positive.

    0 where nothing was found.

    Args:
        thresholds: one or several from 0 to 1; 0.5 if None and top_k is None.
        top_k: only the k largest predictions along the last axis can be positive.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.
        ShapeError: when updated, if top_k or class_id exceeds the number of classes.

    Example:
        >>> m = Precision()
        >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1]); round(float(m.result()), 4)
        0.6667
    """

    def result(self) -> Tensor:
        """One number, or one a threshold."""
        tp, fp, _, _ = self.counts()
        return self._single(ratio(tp, tp + fp))


class Recall(_Selective):
    """How much of what there is was found: true positives / all targets 1.

    0 where there is nothing to find.

    Args:
        thresholds: one or several from 0 to 1; 0.5 if None and top_k is None.
        top_k: only the k largest predictions along the last axis can be positive.
        class_id: only this column counts.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.
        ShapeError: when updated, if top_k or class_id exceeds the number of classes.

    Example:
        >>> m = Recall()
        >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 0]); round(float(m.result()), 4)
        0.3333
    """

    def result(self) -> Tensor:
        """One number, or one a threshold."""
        tp, _, _, fn = self.counts()
        return self._single(ratio(tp, tp + fn))
