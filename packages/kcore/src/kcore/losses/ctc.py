"""CTC: labels in the right order, at places that nobody marked (Graves et al., 2006)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import backend, ops, shapes
from kcore.errors import DataError, ShapeError
from kcore.losses.base import FormulaLoss
from kcore.typing import Shape, Tensor

_BLANK = 0


def ctc(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """-log of the probability of the labels, summed over all ways to place them.

    Args:
        y_true: class numbers from 1; 0 is the blank and fills short rows.
        y_pred: logits for each step and class, the blank included.

    Shapes: y_true (batch, labels) and y_pred (batch, steps, classes) give (batch,).
    """
    # the kernel's gradient knows float32 only
    logits = ops.cast(y_pred, "float32")
    labels = ops.cast(y_true, "int32")
    lengths = ops.sum(ops.cast(ops.not_equal(labels, _BLANK), "int32"), axis=-1)
    steps = ops.zeros_like(lengths) + backend.tensor.dynamic_shape(logits)[1]
    found = backend.nn.ctc_loss(labels, logits, lengths, steps, _BLANK)
    dtype = backend.tensor.dtype_of(backend.tensor.convert(y_pred))
    return ops.cast(found, dtype if dtype.startswith(("float", "bfloat")) else "float32")


class CTC(FormulaLoss):
    """Connectionist temporal classification (Graves et al., 2006).

    Targets are class numbers from 1; 0 is the blank, and fills rows of fewer labels at their end.
    Predictions are logits. A row whose labels do not fit into the steps gives infinity.

    Args:
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Shapes: targets (batch, labels), predictions (batch, steps, classes).

    Example:
        >>> round(float(CTC()([[1]], [[[0.0, 0.0]]])), 4)
        0.6931
    """

    formula = ctc

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Labels by row, logits by step."""
        true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
        if len(true) != 2 or len(pred) != 3 or not shapes.compatible(true[:1], pred[:1]):
            raise ShapeError(
                "CTC: targets must have shape (batch, labels), predictions (batch, steps, "
                f"classes); received {true} and {pred}."
            )
        return y_true, y_pred

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be numbers of classes that the output has, and fit into its steps."""
        if targets.ndim != 2 or len(output_shape) != 3:
            raise DataError(
                f"{owner} have shape {targets.shape} and the output {output_shape}; the loss CTC "
                "needs targets (batch, labels) and an output (batch, steps, classes)."
            )
        classes, steps = output_shape[2], output_shape[1]
        if not targets.size:
            return
        low, high = targets.min(), targets.max()
        if low < 0 or (classes is not None and high >= classes):
            worst = low if low < 0 else high
            row = int(np.argwhere(np.asarray(targets) == worst)[0][0])
            raise DataError(
                f"{owner} hold the class number {worst} (row {row} of this piece), but the output "
                f"has {classes} classes, numbered 0 (the blank) to "
                f"{'?' if classes is None else classes - 1}."
            )
        longest = int((targets != _BLANK).sum(-1).max())
        if steps is not None and longest > steps:
            raise DataError(
                f"{owner} hold a row of {longest} labels, but the output has {steps} steps; CTC "
                "needs at least one step a label."
            )
