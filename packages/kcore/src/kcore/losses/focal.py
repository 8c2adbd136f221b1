"""Focal losses: cross entropies in which well-classified samples count less (Lin et al., 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import arguments, config, ops
from kcore.errors import ConfigurationError
from kcore.losses.functions import as_floats, logits_of
from kcore.losses.probabilistic import OnDistributions, OnShares
from kcore.typing import Tensor


def binary_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """mean((1 - p_t) ** gamma * cross entropy), p_t being the probability of the right answer.

    Args:
        apply_class_balancing: whether a sample is weighted by alpha (target 1) or 1 - alpha.
        alpha: weight of the targets 1, 0 to 1.
        gamma: 0 (plain cross entropy) or more.
        from_logits: whether y_pred are logits instead of probabilities.
        label_smoothing: moves targets towards 0.5 by this share, 0 to 1.
        axis: the axis that is averaged over.
    """
    known = logits_of(y_pred, "sigmoid") if not from_logits else None
    y_true, y_pred = as_floats(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    logits = y_pred if from_logits else known
    p = y_pred if logits is None else ops.sigmoid(logits)
    source = p if logits is None else logits
    entropy = ops.binary_crossentropy(y_true, source, logits is not None)
    wrong = y_true * (1.0 - p) + (1.0 - y_true) * p
    values = _focused(wrong, gamma) * entropy
    if apply_class_balancing:
        values = values * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return ops.mean(values, axis=axis)


def categorical_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """sum(alpha * (1 - p) ** gamma * -y_true * log(p)) over the classes.

    Args:
        alpha: weight of all classes, or one weight a class.
        gamma: 0 (plain cross entropy times alpha) or more.
        from_logits: whether y_pred are logits instead of probabilities.
        label_smoothing: shares this part of the target among all classes, 0 to 1.
        axis: the axis of the classes.
    """
    known = logits_of(y_pred, "softmax") if not from_logits else None
    y_true, y_pred = as_floats(y_true, y_pred)
    if label_smoothing:
        classes = ops.shape(y_pred)[axis]
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    logits = y_pred if from_logits else known
    if logits is not None:
        log_p = ops.log_softmax(logits, axis)
        p = ops.exp(log_p)
    else:
        p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
        p = ops.clip(p, config.epsilon(), 1.0 - config.epsilon())
        log_p = ops.log(p)
    weight = ops.cast(ops.convert_to_tensor(alpha), y_true.dtype.name)
    return ops.sum(weight * _focused(1.0 - p, gamma) * -y_true * log_p, axis=axis)


def _focused(wrong: Tensor, gamma: float) -> Tensor:
    """The share of the wrong answer to the power gamma."""
    if gamma == 0:
        return ops.ones_like(wrong)
    # a power below 1 has an endless slope at 0
    return ops.power(ops.maximum(wrong, config.epsilon()) if gamma < 1 else wrong, gamma)


class BinaryFocalCrossentropy(OnShares):
    """mean((1 - p_t) ** gamma * binary cross entropy) for targets from 0 to 1 (Lin et al., 2017).

    From logits, given or known from a sigmoid, it is exact; from probabilities they are clipped to
    [epsilon, 1 - epsilon].

    Args:
        apply_class_balancing: whether a sample is weighted by alpha (target 1) or 1 - alpha.
        alpha: weight of the targets 1, 0 to 1, default 0.25.
        gamma: 0 (plain cross entropy) or more, default 2.
        from_logits: whether predictions are logits instead of probabilities.
        label_smoothing: 0 (none) to 1.
        axis: axis that is averaged over.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
        0.1733
    """

    formula = binary_focal_crossentropy
    options = (
        "apply_class_balancing",
        "alpha",
        "gamma",
        "from_logits",
        "label_smoothing",
        "axis",
    )

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        owner = type(self).__name__
        self.apply_class_balancing = bool(apply_class_balancing)
        self.alpha = arguments.number(alpha, "alpha", owner, 0, 1)
        self.gamma = arguments.number(gamma, "gamma", owner, 0)


class CategoricalFocalCrossentropy(OnDistributions):
    """sum(alpha * (1 - p) ** gamma * -y_true * log(p)) for one-hot targets (Lin et al., 2017).

    Args:
        alpha: weight of all classes, or a list with one weight a class; 0 or more, default 0.25.
        gamma: 0 (plain cross entropy times alpha) or more, default 2.
        from_logits: whether predictions are logits instead of probabilities.
        label_smoothing: 0 (none) to 1.
        axis: axis of the classes.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.0433
    """

    formula = categorical_focal_crossentropy
    options = ("alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        self.alpha = _class_weights(alpha, type(self).__name__)
        self.gamma = arguments.number(gamma, "gamma", type(self).__name__, 0)


def _class_weights(alpha: Any, owner: str) -> float | list[float]:
    if isinstance(alpha, str) or not hasattr(alpha, "__len__"):
        return arguments.number(alpha, "alpha", owner, 0)
    if len(alpha) == 0:
        raise ConfigurationError(f"{owner}: alpha is an empty list; give one weight a class.")
    return [arguments.number(weight, "alpha", owner, 0) for weight in alpha]
