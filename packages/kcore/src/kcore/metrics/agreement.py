"""How far predicted classes agree with the targets beyond chance, from the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kcore import arguments, ops
from kcore.errors import ConfigurationError
from kcore.metrics.matrix import MatrixMetric
from kcore.metrics.thresholds import ratio
from kcore.typing import Tensor

NORMALIZATIONS = (None, "true", "pred", "all")
WEIGHTAGES = (None, "linear", "quadratic")


class ConfusionMatrix(MatrixMetric):
    """How often each class (rows) was taken for each (columns).

    Targets may be class numbers or one-hot, predictions class numbers, probabilities of all
    classes, or of class 1 alone where there are two.

    Args:
        num_classes: 2 or more.
        normalize: None counts; "true" divides by row, "pred" by column, "all" by the whole.
        class_names: name of each class, for logs: "confusion_matrix_cat_dog"; None numbers them.
        name: key in logs.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.
        DataError: before training, if a target is no class.

    Example:
        >>> m = ConfusionMatrix(2)
        >>> m.update_state([0, 1, 1], [0, 0, 1]); m.result().numpy().tolist()
        [[1.0, 0.0], [1.0, 1.0]]
    """

    def __init__(
        self,
        num_classes: int,
        normalize: str | None = None,
        class_names: Sequence[str] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes, name, dtype)
        self.normalize = arguments.choice(normalize, "normalize", "ConfusionMatrix", NORMALIZATIONS)
        self.class_names = None if class_names is None else [str(n) for n in class_names]
        if self.class_names is not None and len(self.class_names) != num_classes:
            raise ConfigurationError(
                f"ConfusionMatrix: class_names has {len(self.class_names)} entries; num_classes is "
                f"{num_classes}."
            )

    def result(self) -> Tensor:
        """The matrix (classes, classes)."""
        matrix = self.matrix.value
        if self.normalize is not None:
            axis = {"true": 1, "pred": 0, "all": None}[self.normalize]
            total = ops.sum(matrix, axis=axis, keepdims=True)
            matrix = ratio(matrix, total + ops.zeros_like(matrix))
        return ops.cast(matrix, self.dtype)


class MatthewsCorrelation(MatrixMetric):
    """The correlation of targets and predictions, from -1 to 1 (Matthews, 1975; Gorodkin, 2004).

    0 where it is not defined: all targets, or all predictions, of one class.

    Args:
        num_classes: 2 or more, default 2.
        name: key in logs.
        dtype: of the result.

    Example:
        >>> m = MatthewsCorrelation()
        >>> m.update_state([1, 1, 1, 0], [1, 0, 1, 1]); round(float(m.result()), 4)
        -0.3333
    """

    def __init__(
        self, num_classes: int = 2, name: str | None = "matthews_correlation", dtype: Any = None
    ) -> None:
        super().__init__(num_classes, name, dtype)

    def result(self) -> Tensor:
        """The correlation."""
        matrix = self.matrix.value
        total, right = ops.sum(matrix), ops.sum(matrix * np.eye(self.num_classes))
        true, pred = ops.sum(matrix, axis=1), ops.sum(matrix, axis=0)
        common = right * total - ops.sum(true * pred)
        spreads = [ops.square(total) - ops.sum(ops.square(side)) for side in (true, pred)]
        spread = ops.sqrt(ops.maximum(spreads[0], 0.0)) * ops.sqrt(ops.maximum(spreads[1], 0.0))
        return ops.cast(ratio(common, spread), self.dtype)


class CohenKappa(MatrixMetric):
    """Agreement beyond chance, at most 1 (Cohen, 1960; weighted: Cohen, 1968).

    0 where it is not defined: all targets and predictions of one class.

    Args:
        num_classes: 2 or more.
        name: key in logs.
        weightage: None counts every disagreement alike; "linear" by the distance of the classes,
            "quadratic" by its square, for classes in an order.
        dtype: of the result.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> m = CohenKappa(2)
        >>> m.update_state([0, 0, 1, 1], [0, 1, 1, 1]); float(m.result())
        0.5
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = "cohen_kappa",
        weightage: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes, name, dtype)
        self.weightage = arguments.choice(weightage, "weightage", "CohenKappa", WEIGHTAGES)

    def result(self) -> Tensor:
        """1 - weighted disagreement / that of chance."""
        distance = np.abs(np.subtract.outer(np.arange(self.num_classes), range(self.num_classes)))
        costs = {None: distance > 0, "linear": distance, "quadratic": distance**2}
        cost = costs[self.weightage].astype("float64")
        matrix = self.matrix.value
        true, pred = ops.sum(matrix, axis=1), ops.sum(matrix, axis=0)
        observed = ops.sum(cost * matrix) * ops.sum(matrix)
        by_chance = ops.sum(cost * true[:, None] * pred[None, :])
        kappa = 1.0 - ratio(observed, by_chance)
        return ops.cast(ops.where(ops.equal(by_chance, 0), 0.0, kappa), self.dtype)
