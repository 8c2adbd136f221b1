"""CRFAccuracy: the share of steps whose tag Viterbi decoding gets right."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.metrics import Metric
from kcore_crf.chain import check_shapes, counted, viterbi


class CRFAccuracy(Metric):
    """Right tags divided by steps, over all batches; steps that do not count are left out.

    Args:
        name: key in logs.
        dtype: of the state.
    """

    def __init__(self, name: str = "crf_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.right = self.add_variable(name="right")
        self.steps = self.add_variable(name="steps")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes one batch into account.

        Args:
            y_true: tags (batch, steps).
            y_pred: scores of a CRF layer, (batch, steps, tags, tags).
            sample_weight: one number a sequence, or a step.
        """
        y_true, scores = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        check_shapes(y_true.shape, scores.shape, type(self).__name__)
        weights = ops.cast(counted(scores), self.dtype)
        if sample_weight is not None:
            given = ops.cast(sample_weight, self.dtype)
            weights = weights * (ops.expand_dims(given, -1) if len(given.shape) == 1 else given)
        right = ops.equal(viterbi(scores), ops.cast(y_true, "int32"))
        self.right.assign_add(ops.sum(weights * ops.cast(right, self.dtype)))
        self.steps.assign_add(ops.sum(weights))

    def result(self) -> Any:
        """Right tags divided by steps; 0 before the first."""
        return self.right.value / ops.maximum(self.steps.value, 1.0)
