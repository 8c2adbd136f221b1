"""Losses on overlap: how much of two areas is common, for targets most of which are background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import arguments, config, ops
from kcore.losses.base import FormulaLoss
from kcore.losses.functions import as_floats
from kcore.typing import Tensor

Axis = int | Sequence[int] | None


def dice(y_true: Tensor, y_pred: Tensor, axis: Axis = None) -> Tensor:
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)) (Milletari et al., 2016).

    Args:
        axis: what is summed over; None sums over everything, the batch included.
    """
    y_true, y_pred = as_floats(y_true, y_pred)
    common = ops.sum(y_true * y_pred, axis=axis)
    total = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis)
    return 1.0 - 2.0 * common / (total + config.epsilon())


def tversky(
    y_true: Tensor, y_pred: Tensor, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None
) -> Tensor:
    """1 - common / (common + alpha * missed + beta * falsely found) (Salehi et al., 2017).

    The paper has alpha and beta the other way round; this is the order that Keras computes.

    Args:
        alpha: what missed area counts.
        beta: what falsely found area counts; both 0.5 give the Dice loss.
        axis: what is summed over; None sums over everything, the batch included.
    """
    y_true, y_pred = as_floats(y_true, y_pred)
    common = ops.sum(y_true * y_pred, axis=axis)
    found = ops.sum((1.0 - y_true) * y_pred, axis=axis)
    missed = ops.sum(y_true * (1.0 - y_pred), axis=axis)
    return 1.0 - common / (common + alpha * missed + beta * found + config.epsilon())


class Dice(FormulaLoss):
    """1 - 2 * common area / sum of both areas, for targets and predictions from 0 to 1.

    Args:
        axis: axes that are summed over, such as (1, 2, 3) for one value a sample; None sums over
            everything, the batch included.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Example:
        >>> round(float(Dice()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.5
    """

    formula = dice
    options = ("axis",)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        axis: Axis = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = as_axes(axis)


class Tversky(FormulaLoss):
    """1 - common / (common + alpha * missed + beta * falsely found) (Salehi et al., 2017).

    The paper has alpha and beta the other way round; this is the order that Keras computes.

    Args:
        alpha: what missed area counts, 0 or more, default 0.5.
        beta: what falsely found area counts, 0 or more, default 0.5.
        reduction: as for Loss.
        name: as for Loss.
        axis: as for Dice.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if alpha or beta is negative.

    Example:
        >>> round(float(Tversky(beta=0.0)([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.3333
    """

    formula = tversky
    options = ("alpha", "beta", "axis")

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        axis: Axis = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.alpha = arguments.number(alpha, "alpha", type(self).__name__, 0)
        self.beta = arguments.number(beta, "beta", type(self).__name__, 0)
        self.axis = as_axes(axis)


def as_axes(axis: Any) -> Any:
    """Axes as an int or None, lists (of a saved configuration) as a tuple."""
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis
