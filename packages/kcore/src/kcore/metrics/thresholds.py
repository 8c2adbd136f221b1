"""What all metrics share that compare predictions with thresholds: exact counts at each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kcore import arguments, backend, config, ops
from kcore.errors import ConfigurationError, ShapeError
from kcore.losses.base import align
from kcore.metrics.base import Metric, joined_weights
from kcore.typing import Tensor

# counts are kept as float64: whole numbers stay exact up to 2**53
_COUNT = "float64"


def check_thresholds(thresholds: Any, owner: str) -> list[float]:
    """The thresholds as a list.

    Args:
        thresholds: one number or several, each from 0 to 1.
        owner: for the error.

    Raises:
        ConfigurationError: if one is outside 0 to 1, or there are none.

    Example:
        >>> check_thresholds(0.5, "Precision")
        [0.5]
    """
    values = thresholds if hasattr(thresholds, "__len__") else [thresholds]
    if isinstance(values, str) or len(values) == 0:
        raise ConfigurationError(
            f"{owner}: thresholds must be a number from 0 to 1 or several; received {thresholds!r}."
        )
    return [arguments.number(value, "thresholds", owner, 0, 1) for value in values]


# each is kept and compared with every prediction
_MOST_THRESHOLDS = 1_000_000


def even_thresholds(count: int, owner: str) -> list[float]:
    """`count` thresholds from 0 to 1 at equal distances; 0.5 for one.

    Example:
        >>> even_thresholds(3, "AUC")
        [0.0, 0.5, 1.0]
    """
    count = arguments.whole(count, "num_thresholds", owner, 1)
    if count > _MOST_THRESHOLDS:
        raise ConfigurationError(
            f"{owner}: num_thresholds must be at most {_MOST_THRESHOLDS}; received {count}."
        )
    return [0.5] if count == 1 else [i / (count - 1) for i in range(count)]


def optional_whole(value: Any, name: str, owner: str, low: int) -> int | None:
    """None, or a whole number of at least `low`; the arguments are those of `arguments.whole`."""
    return None if value is None else arguments.whole(value, name, owner, low)


def class_column(
    class_id: int, y_true: Tensor, y_pred: Tensor, weights: Tensor | None, owner: str
) -> tuple[Tensor, Tensor, Tensor | None]:
    """One column of targets, predictions and weights.

    Raises:
        ShapeError: if there is no such column.
    """
    shape = backend.tensor.static_shape(y_pred)
    if shape[-1] is not None and class_id >= shape[-1]:
        raise ShapeError(
            f"{owner}: class_id is {class_id}; predictions of shape {shape} have the classes 0 to "
            f"{shape[-1] - 1}."
        )
    kept = None if weights is None else weights[..., class_id]
    return y_true[..., class_id], y_pred[..., class_id], kept


class ThresholdCounts(Metric):
    """Base of metrics made of counts at thresholds: right and wrong, above and below each.

    A prediction counts as positive where it exceeds the threshold. Targets are 0 and 1, anything
    above 0 counts as 1.

    Args:
        edges: the thresholds.
        name: as for Metric.
        dtype: of the result.

    Attributes:
        columns: how many columns are counted each on its own; 0 takes all together.
    """

    def __init__(self, edges: Sequence[float], name: str | None, dtype: Any) -> None:
        super().__init__(name, dtype)
        self._order = np.argsort(edges, kind="stable")
        self._edges = np.asarray(edges, "float64")[self._order]
        self.columns = 0
        self.true_positives: Any = None
        self.false_positives: Any = None
        self.positives: Any = None
        self.negatives: Any = None

    def make_state(self, columns: int = 0) -> None:
        """Makes the state for this number of columns."""
        self.columns = columns
        rest = (columns,) if columns else ()
        full = (len(self._edges), *rest)
        self.true_positives = self.add_variable(full, dtype=_COUNT, name="true_positives")
        self.false_positives = self.add_variable(full, dtype=_COUNT, name="false_positives")
        self.positives = self.add_variable(rest, dtype=_COUNT, name="positives")
        self.negatives = self.add_variable(rest, dtype=_COUNT, name="negatives")

    def select(
        self, y_true: Tensor, y_pred: Tensor, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """The part of a batch that counts; all of it here."""
        return y_true, y_pred, weights

    def shares(self, y_true: Tensor) -> Tensor:
        """How much of each target is positive, 0 to 1."""
        return ops.cast(ops.greater(y_true, 0), _COUNT)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into account; masked values do not count."""
        owner = type(self).__name__
        y_pred = backend.tensor.convert(y_pred)
        mask = backend.tensor.get_mask(y_pred)
        if not backend.tensor.dtype_of(y_pred).startswith("float"):
            y_pred = backend.tensor.cast(y_pred, config.floatx())
        y_true, y_pred = align(backend.tensor.convert(y_true), y_pred, owner)
        weights = joined_weights(y_pred, mask, sample_weight, _COUNT, owner)
        y_true, y_pred, weights = self.select(y_true, y_pred, weights)
        if self.true_positives is None:
            self.make_state(self._width(y_pred))
        self._add(self.shares(y_true), y_pred, weights)

    def _width(self, y_pred: Tensor) -> int:
        width = backend.tensor.static_shape(y_pred)[-1]
        if width is None:
            raise ShapeError(
                f"{type(self).__name__}: the number of labels must be known; received predictions "
                f"of shape {backend.tensor.static_shape(y_pred)}. Give num_labels."
            )
        return width

    def _add(self, share: Tensor, y_pred: Tensor, weights: Tensor | None) -> None:
        size = (len(self._edges) + 1, self.columns or 1)
        # how many thresholds lie below a prediction decides all its comparisons at once
        below = backend.math.count_below(self._edges, ops.reshape(y_pred, (-1, size[1])))
        index = below * size[1] + ops.arange(size[1])
        ones = ops.ones_like(share) if weights is None else weights
        for part, whole, above in (
            (share, self.positives, self.true_positives),
            (1.0 - share, self.negatives, self.false_positives),
        ):
            counts = backend.math.histogram(index, part * ones, size[0] * size[1])
            running = ops.flip(ops.cumsum(ops.flip(ops.reshape(counts, size), 0), 0), 0)
            whole.assign_add(ops.reshape(running[0], whole.shape))
            above.assign_add(ops.reshape(running[1:], above.shape))

    def counts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """True positives, false positives, true negatives, false negatives at each threshold.

        In the order in which the thresholds were given; with columns, (thresholds, columns).
        """
        if self.true_positives is None:
            return (ops.zeros((len(self._edges),), _COUNT),) * 4
        back = np.argsort(self._order)
        ordered = bool((back == np.arange(len(back))).all())
        tp, fp = self.true_positives.value, self.false_positives.value
        if not ordered:
            tp, fp = ops.take(tp, back, axis=0), ops.take(fp, back, axis=0)
        tn = ops.maximum(self.negatives.value - fp, 0.0)
        fn = ops.maximum(self.positives.value - tp, 0.0)
        return tp, fp, tn, fn


def ratio(part: Tensor, whole: Tensor) -> Tensor:
    """part / whole, 0 where whole is 0."""
    empty = ops.equal(whole, 0)
    return ops.where(
        empty, ops.zeros_like(part), part / ops.where(empty, ops.ones_like(whole), whole)
    )
