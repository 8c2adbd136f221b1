"""Formulas of the losses: one value a sample, the mean or sum over the last axis."""

from __future__ import annotations

import math

from kcore import backend, config, ops
from kcore.typing import Tensor


def as_floats(y_true: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
    """Both as tensors of the predictions' dtype; whole numbers become `floatx`."""
    y_pred = ops.convert_to_tensor(y_pred)
    if not backend.tensor.dtype_of(y_pred).startswith(("float", "bfloat")):
        y_pred = ops.cast(y_pred, config.floatx())
    return ops.cast(y_true, backend.tensor.dtype_of(y_pred)), y_pred


def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean((y_pred - y_true) squared)."""
    y_true, y_pred = as_floats(y_true, y_pred)
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean(|y_pred - y_true|)."""
    y_true, y_pred = as_floats(y_true, y_pred)
    return ops.mean(ops.absolute(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """100 * mean(|y_true - y_pred| / |y_true|), the divisor at least epsilon."""
    y_true, y_pred = as_floats(y_true, y_pred)
    divisor = ops.maximum(ops.absolute(y_true), config.epsilon())
    return 100.0 * ops.mean(ops.absolute((y_true - y_pred) / divisor), axis=-1)


def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean((log(y_pred + 1) - log(y_true + 1)) squared), values below epsilon raised to it."""
    y_true, y_pred = as_floats(y_true, y_pred)
    logs = [ops.log(ops.maximum(y, config.epsilon()) + 1.0) for y in (y_pred, y_true)]
    return ops.mean(ops.square(logs[0] - logs[1]), axis=-1)


def huber(y_true: Tensor, y_pred: Tensor, delta: float = 1.0) -> Tensor:
    """Half the squared error up to delta, linear beyond (Huber, 1964)."""
    y_true, y_pred = as_floats(y_true, y_pred)
    error = ops.absolute(y_pred - y_true)
    small = ops.minimum(error, delta)
    return ops.mean(0.5 * ops.square(small) + delta * (error - small), axis=-1)


def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean(log(cosh(y_pred - y_true))), written so that it cannot overflow."""
    y_true, y_pred = as_floats(y_true, y_pred)
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(-2.0 * error) - math.log(2.0), axis=-1)


def _signs(y_true: Tensor) -> Tensor:
    """Labels 0 and 1 become -1 and 1; other labels stay."""
    binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(binary, 2.0 * y_true - 1.0, y_true)


def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean(max(1 - y_true * y_pred, 0)) for labels -1 and 1 (0 and 1 are converted)."""
    y_true, y_pred = as_floats(y_true, y_pred)
    return ops.mean(ops.relu(1.0 - _signs(y_true) * y_pred), axis=-1)


def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean(max(1 - y_true * y_pred, 0) squared) for labels -1 and 1 (0 and 1 are converted)."""
    y_true, y_pred = as_floats(y_true, y_pred)
    return ops.mean(ops.square(ops.relu(1.0 - _signs(y_true) * y_pred)), axis=-1)


def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """max(best wrong score - right score + 1, 0) for one-hot targets."""
    y_true, y_pred = as_floats(y_true, y_pred)
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.relu(wrong - right + 1.0)


def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between the vectors: -1 where they point the same way."""
    y_true, y_pred = as_floats(y_true, y_pred)
    return -ops.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x: Tensor, axis: int) -> Tensor:
    square = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(square, 1e-12))


def kl_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """sum(y_true * log(y_true / y_pred)), both clipped to [epsilon, 1]."""
    y_true, y_pred = as_floats(y_true, y_pred)
    y_true = ops.clip(y_true, config.epsilon(), 1.0)
    y_pred = ops.clip(y_pred, config.epsilon(), 1.0)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """mean(y_pred - y_true * log(y_pred + epsilon))."""
    y_true, y_pred = as_floats(y_true, y_pred)
    return ops.mean(y_pred - y_true * ops.log(y_pred + config.epsilon()), axis=-1)


def binary_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """mean(-y_true * log(p) - (1 - y_true) * log(1 - p)).

    Args:
        from_logits: whether y_pred are logits instead of probabilities.
        label_smoothing: moves targets towards 0.5 by this share, 0 to 1.
        axis: the axis that is averaged over.
    """
    logits = logits_of(y_pred, "sigmoid") if not from_logits else None
    y_true, y_pred = as_floats(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if logits is not None:
        y_pred, from_logits = logits, True
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """-sum(y_true * log(p)) for one-hot or soft targets.

    Args:
        from_logits: whether y_pred are logits instead of probabilities.
        label_smoothing: shares this part of the target among all classes, 0 to 1.
        axis: the axis of the classes.
    """
    logits = logits_of(y_pred, "softmax") if not from_logits else None
    y_true, y_pred = as_floats(y_true, y_pred)
    if label_smoothing:
        classes = ops.shape(y_pred)[axis]
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    if from_logits:
        return backend.nn.softmax_cross_entropy(y_true, y_pred, axis)
    if logits is not None:
        return backend.nn.softmax_cross_entropy(y_true, logits, axis)
    p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(p, config.epsilon(), 1.0 - config.epsilon())
    return -ops.sum(y_true * ops.log(p), axis=axis)


def sparse_categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """-log(p[y_true]) for class numbers.

    Args:
        from_logits: whether y_pred are logits instead of probabilities.
        ignore_class: samples with this number are left out.
        axis: the axis of the classes.

    Shapes: y_true (batch, ...), y_pred (batch, ..., classes) give (batch, ...).
    """
    logits = logits_of(y_pred, "softmax") if not from_logits else None
    y_pred = as_floats(0, y_pred)[1]
    rank = len(backend.tensor.static_shape(y_pred))
    if logits is None:
        clipped = ops.clip(y_pred, config.epsilon(), 1.0 - config.epsilon())
        logits = y_pred if from_logits else ops.log(clipped)
    if axis % rank != rank - 1:
        order = [i for i in range(rank) if i != axis % rank] + [axis % rank]
        logits = ops.transpose(logits, order)
    labels = ops.cast(y_true, "int32")
    if len(backend.tensor.static_shape(labels)) == rank:
        labels = ops.squeeze(labels, -1)
    if ignore_class is None:
        return backend.nn.sparse_softmax_cross_entropy(labels, logits)
    kept = ops.not_equal(labels, ignore_class)
    values = backend.nn.sparse_softmax_cross_entropy(ops.where(kept, labels, 0), logits)
    values = ops.where(kept, values, 0.0)
    backend.tensor.set_mask(values, kept)  # the mean is over the samples that count
    return values


def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q: float) -> Tensor:
    """(1 - p[y_true] ** q) / q for class numbers (Zhang and Sabuncu, 2018).

    Near the cross entropy for small q; the mean absolute error, which wrong labels disturb less,
    for q = 1.

    Args:
        q: above 0, at most 1.

    Shapes: y_true (batch, ...), probabilities y_pred (batch, ..., classes) give (batch, ...).
    """
    y_pred = as_floats(0, y_pred)[1]
    labels = ops.cast(y_true, "int32")
    if len(backend.tensor.static_shape(labels)) == len(backend.tensor.static_shape(y_pred)):
        labels = ops.squeeze(labels, -1)
    p = ops.squeeze(ops.take_along_axis(y_pred, ops.expand_dims(labels, -1), -1), -1)
    # the slope at 0 is infinite: there it is taken as 0
    known = ops.greater(p, 0)
    power = ops.where(known, ops.power(ops.where(known, p, ops.ones_like(p)), q), 0.0)
    return (1.0 - power) / q


def logits_of(y_pred: Tensor, activation: str) -> Tensor | None:
    """What softmax or sigmoid was applied to, if the predictions remember: exact and faster."""
    found = backend.tensor.get_logits(y_pred)
    if found is None or found[0] != activation:
        return None
    return ops.cast(found[1], "float32") if found[1].dtype.size < 4 else found[1]
