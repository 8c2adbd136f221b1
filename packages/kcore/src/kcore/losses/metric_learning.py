"""Losses on embeddings: samples of one class shall lie close together, others far apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import arguments, backend, ops, shapes
from kcore.errors import DataError, ShapeError
from kcore.losses.base import FormulaLoss, check_target_shape
from kcore.losses.functions import as_floats
from kcore.typing import Shape, Tensor

DISTANCES = ("L2", "squared-L2", "angular")


def contrastive_loss(y_true: Tensor, y_pred: Tensor, margin: float = 1.0) -> Tensor:
    """y_true * d squared + (1 - y_true) * max(margin - d, 0) squared (Hadsell et al., 2006).

    Args:
        y_true: 1 for pairs of one class, 0 for others.
        y_pred: distances d of the pairs.
        margin: distance beyond which pairs of different classes no longer count.

    Shapes: both (batch, ...), and so is the result: one value a pair.
    """
    y_true, y_pred = as_floats(y_true, y_pred)
    far = ops.square(ops.relu(margin - y_pred))
    return y_true * ops.square(y_pred) + (1.0 - y_true) * far


def pairwise_distances(x: Tensor, metric: str = "L2") -> Tensor:
    """The distance of each row from each other row.

    Args:
        x: (batch, features).
        metric: "L2", "squared-L2" or "angular" (1 - cosine).

    Shapes: (batch, features) gives (batch, batch).
    """
    if metric == "angular":
        unit = x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), -1, keepdims=True), 1e-12))
        return 1.0 - ops.matmul(unit, ops.transpose(unit))
    lengths = ops.sum(ops.square(x), axis=-1)
    squares = lengths[:, None] + lengths[None, :] - 2.0 * ops.matmul(x, ops.transpose(x))
    squares = ops.maximum(squares, 0.0) * _others(x)
    if metric == "squared-L2":
        return squares
    # the root has no slope at 0: equal rows are given none
    apart = ops.greater(squares, 0.0)
    return ops.where(apart, ops.sqrt(ops.where(apart, squares, 1.0)), 0.0)


def _others(x: Tensor) -> Tensor:
    """0 on the diagonal of (batch, batch), 1 elsewhere, in the dtype of x."""
    numbers = ops.arange(backend.tensor.dynamic_shape(x)[0])
    differ = ops.not_equal(numbers[:, None], numbers[None, :])
    return ops.cast(differ, backend.tensor.dtype_of(x))


def _pairs(y_true: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Which pairs of rows are of one class (without a row itself), and which of two: 1 or 0."""
    same = ops.equal(y_true[:, None], y_true[None, :])
    dtype = backend.tensor.dtype_of(x)
    return ops.cast(same, dtype) * _others(x), ops.cast(ops.logical_not(same), dtype)


def _flat_labels(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    y_pred = as_floats(0, y_pred)[1]
    return ops.reshape(ops.convert_to_tensor(y_true), (-1,)), y_pred


def _masked_max(values: Tensor, mask: Tensor, axis: int) -> Tensor:
    """The largest value where the mask is 1; the smallest of all where it is nowhere."""
    low = ops.min(values, axis=axis, keepdims=True)
    return ops.max((values - low) * mask, axis=axis, keepdims=True) + low


def _masked_min(values: Tensor, mask: Tensor, axis: int) -> Tensor:
    """The smallest value where the mask is 1; the largest of all where it is nowhere."""
    high = ops.max(values, axis=axis, keepdims=True)
    return ops.min((values - high) * mask, axis=axis, keepdims=True) + high


def triplet_semihard_loss(
    y_true: Tensor, y_pred: Tensor, margin: float = 1.0, distance_metric: str = "L2"
) -> Tensor:
    """Mean of max(d(a, p) - d(a, n) + margin, 0) over pairs (a, p) (Schroff et al., 2015).

    For each pair of one class, n is the nearest sample of another class that is farther from a than
    p is; if there is none, the farthest of another class.

    Args:
        y_true: class numbers.
        y_pred: embeddings, usually of length 1.
        margin: how much farther others shall be.
        distance_metric: "L2", "squared-L2" or "angular".

    Shapes: y_true (batch,) or (batch, 1) and y_pred (batch, features) give a scalar.
    """
    y_true, y_pred = _flat_labels(y_true, y_pred)
    distances = pairwise_distances(y_pred, distance_metric)
    positive, negative = _pairs(y_true, y_pred)
    # axes: anchor, positive, negative
    farther = ops.greater(distances[:, None, :], distances[:, :, None])
    outside = ops.cast(farther, backend.tensor.dtype_of(y_pred)) * negative[:, None, :]
    spread = distances[:, None, :] * ops.ones_like(outside)
    nearest_outside = _masked_min(spread, outside, -1)[:, :, 0]
    exists = ops.greater(ops.max(outside, axis=-1), 0.0)
    chosen = ops.where(exists, nearest_outside, _masked_max(distances, negative, 1))
    values = ops.relu(margin + distances - chosen) * positive
    return ops.sum(values) / ops.maximum(ops.sum(positive), 1.0)


def triplet_hard_loss(
    y_true: Tensor,
    y_pred: Tensor,
    margin: float = 1.0,
    soft: bool = False,
    distance_metric: str = "L2",
) -> Tensor:
    """max(d(a, farthest of its class) - d(a, nearest other) + margin, 0) (Hermans et al., 2017).

    Args:
        y_true: class numbers.
        y_pred: embeddings, usually of length 1.
        margin: how much farther others shall be.
        soft: whether log(1 + exp(difference)) takes the place of the margin.
        distance_metric: "L2", "squared-L2" or "angular".

    Shapes: y_true (batch,) or (batch, 1) and y_pred (batch, features) give (batch,).
    """
    y_true, y_pred = _flat_labels(y_true, y_pred)
    distances = pairwise_distances(y_pred, distance_metric)
    positive, negative = _pairs(y_true, y_pred)
    farthest = ops.max(distances * positive, axis=1)
    nearest = _masked_min(distances, negative, 1)[:, 0]
    if soft:
        return ops.softplus(farthest - nearest)
    return ops.relu(farthest - nearest + margin)


def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels: Tensor | None = None,
    ref_embeddings: Tensor | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """softplus(logsumexp over other classes + logsumexp over its own) (Sun et al., 2020).

    Each similarity is weighted by how far it is from its goal.

    Args:
        y_true: class numbers.
        y_pred: embeddings of length 1.
        ref_labels: class numbers of the samples compared with; y_true if None.
        ref_embeddings: their embeddings; y_pred if None.
        remove_diagonal: whether a sample is left out of its own class.
        gamma: scale of the similarities.
        margin: how far from its goal (1 within a class, 0 across) a similarity may stay.

    Shapes: y_true (batch,) or (batch, 1) and y_pred (batch, features) give (batch,).
    """
    y_true, y_pred = _flat_labels(y_true, y_pred)
    references = y_pred if ref_embeddings is None else as_floats(ref_embeddings, y_pred)[0]
    labels = y_true if ref_labels is None else ops.reshape(ref_labels, (-1,))
    likeness = ops.matmul(y_pred, ops.transpose(references))
    dtype = backend.tensor.dtype_of(y_pred)
    same = ops.cast(ops.equal(y_true[:, None], labels[None, :]), dtype)
    positive = same * _others(y_pred) if remove_diagonal else same
    pull = ops.relu(1.0 + margin - likeness) * (1.0 - margin - likeness) * gamma
    push = ops.relu(likeness + margin) * (likeness - margin) * gamma
    values = ops.softplus(_logsumexp_where(pull, positive) + _logsumexp_where(push, 1.0 - same))
    # the mean is over the samples that have another of their class
    backend.tensor.set_mask(values, ops.any(ops.greater(positive, 0.0), axis=-1))
    return values


def _logsumexp_where(values: Tensor, mask: Tensor) -> Tensor:
    """logsumexp over the last axis of the values whose mask is 1."""
    return ops.logsumexp(ops.where(ops.greater(mask, 0.0), values, -1e9), axis=-1)


class _OnLabels(FormulaLoss):
    """A loss whose targets are class numbers and whose predictions are embeddings."""

    def align(self, y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """One class number for each embedding."""
        true, pred = backend.tensor.static_shape(y_true), backend.tensor.static_shape(y_pred)
        flat = true[:1] if len(true) == 2 and true[1] == 1 else true
        if len(pred) != 2 or not shapes.compatible(flat, pred[:1]):
            raise ShapeError(
                f"{type(self).__name__}: predictions must be embeddings (batch, features) and "
                f"targets class numbers (batch,); received predictions {pred}, targets {true}."
            )
        return y_true, y_pred

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be one class number for each embedding."""
        name = type(self).__name__
        if len(output_shape) != 2:
            raise DataError(
                f"{owner}: the loss {name} needs embeddings of shape (batch, features); the output "
                f"has shape {output_shape}."
            )
        check_target_shape(targets.shape, output_shape[:1], owner, name)


class ContrastiveLoss(FormulaLoss):
    """d squared for pairs of one class, max(margin - d, 0) squared for others.

    Targets are 1 for pairs of one class and 0 for others; predictions are distances d
    (Hadsell et al., 2006).

    Args:
        margin: distance beyond which others no longer count, positive, default 1.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if the margin is not positive.

    Example:
        >>> float(ContrastiveLoss()([1.0, 0.0], [0.5, 0.5]))
        0.25
    """

    formula = contrastive_loss
    options = ("margin",)

    def __init__(
        self,
        margin: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.margin = arguments.number(margin, "margin", type(self).__name__, above=0)

    def check_targets(self, targets: Any, output_shape: Shape, owner: str) -> None:
        """Targets must be from 0 to 1."""
        super().check_targets(targets, output_shape, owner)
        if targets.size and (np.min(targets) < 0 or np.max(targets) > 1):
            raise DataError(
                f"{owner} range from {np.min(targets)} to {np.max(targets)}, but the loss "
                "ContrastiveLoss expects 1 for pairs of one class and 0 for others."
            )


class TripletSemiHardLoss(_OnLabels):
    """A sample shall be nearer to its class than to others: semi-hard triplets of the batch.

    One value a batch, the mean over its pairs of one class (Schroff et al., 2015): weights of
    single samples do not apply.

    Args:
        margin: how much farther others shall be, positive, default 1.
        distance_metric: "L2", "squared-L2" or "angular" (1 - cosine).
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if an argument is out of range.

    Shapes: targets (batch,) or (batch, 1), class numbers; predictions (batch, features).

    Example:
        >>> float(TripletSemiHardLoss()([0, 0, 1], [[0.0], [1.0], [3.0]]))
        0.0
    """

    formula = triplet_semihard_loss
    options = ("margin", "distance_metric")

    def __init__(
        self,
        margin: float = 1.0,
        distance_metric: str = "L2",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        owner = type(self).__name__
        self.margin = arguments.number(margin, "margin", owner, above=0)
        self.distance_metric = arguments.choice(
            distance_metric, "distance_metric", owner, DISTANCES
        )


class TripletHardLoss(_OnLabels):
    """The farthest of a sample's class shall be nearer than the nearest other.

    One value a sample (Hermans et al., 2017).

    Args:
        margin: how much farther others shall be, positive, default 1.
        soft: whether log(1 + exp(difference)) takes the place of the margin.
        distance_metric: "L2", "squared-L2" or "angular" (1 - cosine).
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if an argument is out of range.

    Shapes: targets (batch,) or (batch, 1), class numbers; predictions (batch, features).

    Example:
        >>> round(float(TripletHardLoss()([0, 0, 1], [[0.0], [1.0], [1.5]])), 4)
        0.8333
    """

    formula = triplet_hard_loss
    options = ("margin", "soft", "distance_metric")

    def __init__(
        self,
        margin: float = 1.0,
        soft: bool = False,
        distance_metric: str = "L2",
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        owner = type(self).__name__
        self.margin = arguments.number(margin, "margin", owner, above=0)
        self.soft = bool(soft)
        self.distance_metric = arguments.choice(
            distance_metric, "distance_metric", owner, DISTANCES
        )


class Circle(_OnLabels):
    """Similarities within and across classes, each weighted by its distance from its goal.

    Embeddings must have length 1 (Sun et al., 2020).

    Args:
        gamma: scale of the similarities, positive, default 80.
        margin: how far from its goal a similarity may stay, 0 to 1, default 0.4.
        remove_diagonal: whether a sample is left out of its own class.
        reduction: as for Loss.
        name: as for Loss.
        dtype: as for Loss.

    Raises:
        ConfigurationError: if an argument is out of range.

    Shapes: targets (batch,) or (batch, 1), class numbers; predictions (batch, features).

    Example:
        >>> float(Circle(gamma=1.0)([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])) < 1
        True
    """

    formula = circle
    options = ("gamma", "margin", "remove_diagonal")

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.gamma = arguments.number(gamma, "gamma", "Circle", above=0)
        self.margin = arguments.number(margin, "margin", "Circle", 0, 1)
        self.remove_diagonal = bool(remove_diagonal)
