"""Cross entropies, as operations: a number for each sample, no reduction."""

from __future__ import annotations

from typing import Any

from kcore import backend, config, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, nn, reduction
from kcore.ops import math as arithmetic
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "categorical_crossentropy",
    "ctc_loss",
    "multi_hot",
    "sparse_categorical_crossentropy",
]


def categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-sum(target * log(p)) over the classes.

    Args:
        target: probabilities, in the shape of output.
        output: probabilities p, divided by their sum first; or logits of them.
        from_logits: whether output holds logits.
        axis: where the classes lie.

    Raises:
        ShapeError: if the shapes differ.
    """
    shape, given = rules.spec(output)[0], rules.spec(target)[0]
    if len(shape) < 1 or len(shape) != len(given) or not shapes.compatible(shape, given):
        raise ShapeError(
            "categorical_crossentropy: target and output need one shape with at least one axis; "
            f"received {given} and {shape}."
        )
    logs = _log_probabilities(output, from_logits, axis)
    target = arrays.cast(target, rules.spec(logs)[1])
    return arithmetic.negative(reduction.sum(arithmetic.multiply(target, logs), axis))


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Tensor:
    if from_logits:
        return nn.log_softmax(output, axis)
    p = arithmetic.divide(output, reduction.sum(output, axis, keepdims=True))
    return arithmetic.log(arithmetic.clip(p, config.epsilon(), 1 - config.epsilon()))


def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-log(p[target]) for each sample.

    Args:
        target: class numbers, in the shape of output without its classes, or with a last axis of
            size 1.
        output: probabilities p, divided by their sum first; or logits of them.
        from_logits: whether output holds logits.
        axis: where the classes lie.

    Raises:
        ShapeError: if the shapes do not fit.
    """
    shape, given = rules.spec(output)[0], rules.spec(target)[0]
    at = shapes.normalize_axis(axis, len(shape))
    if len(given) == len(shape) and given[-1] == 1:
        target = arrays.squeeze(target, -1)
        given = given[:-1]
    rest = (*shape[:at], *shape[at + 1 :])
    if len(given) != len(rest) or not shapes.compatible(given, rest):
        raise ShapeError(
            f"sparse_categorical_crossentropy: target needs the shape {rest} of output without its "
            f"classes; received {given}."
        )
    hot = nn.one_hot(target, shape[at] or arrays.shape(output)[at], axis=at)
    if not from_logits:  # what is above 1 counts as 1 before all is divided by its sum
        output = arithmetic.log(arithmetic.clip(output, config.epsilon(), 1 - config.epsilon()))
    logs = nn.log_softmax(output, axis)
    hot = arrays.cast(hot, rules.spec(logs)[1])
    return arithmetic.negative(reduction.sum(arithmetic.multiply(hot, logs), axis))


def _ctc_rule(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> SymbolicTensor:
    labels, (logits, dtype) = rules.spec(target)[0], rules.spec(output)
    if len(labels) != 2 or len(logits) != 3:
        raise ShapeError(
            "ctc_loss takes target (batch, labels) and output (batch, steps, classes); received "
            f"{labels} and {logits}."
        )
    return rules.make(labels[:1], dtype)


@operation(_ctc_rule)
def ctc_loss(
    target: Tensor,
    output: Tensor,
    target_length: Tensor,
    output_length: Tensor,
    mask_index: int = 0,
) -> Tensor:
    """-log of the probability of a sequence of labels, over all ways to stretch it over the steps.

    Graves et al., Connectionist Temporal Classification, 2006.

    Args:
        target: class numbers (batch, labels).
        output: logits (batch, steps, classes).
        target_length: labels that count in each sample (batch,).
        output_length: steps that count in each sample (batch,).
        mask_index: the class that stands for no label.
    """
    _ctc_rule(target, output, target_length, output_length, mask_index)
    whole = [arrays.cast(v, "int32") for v in (target, target_length, output_length)]
    logits = backend.tensor.convert(output)
    return backend.nn.ctc_loss(whole[0], logits, whole[1], whole[2], mask_index)


def multi_hot(
    inputs: Tensor,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
) -> Tensor:
    """1 for each class that a sample holds, 0 for the others.

    Args:
        inputs: class numbers (batch, labels), or (labels,) for one sample.
        num_classes: the number of classes.
        axis: where the classes lie in the result, default the last.
        dtype: of the result, `floatx` if None.
        sparse: must be False.

    Example:
        >>> multi_hot([0, 2], num_classes=3).numpy().tolist()
        [1.0, 0.0, 1.0]
    """
    if num_classes is None:
        raise ConfigurationError("multi_hot needs num_classes.")
    if sparse:
        raise ConfigurationError("multi_hot: sparse=True is not supported; the result is dense.")
    labels = 1 if len(rules.spec(inputs)[0]) > 1 else 0
    return reduction.max(nn.one_hot(inputs, num_classes, axis, dtype), labels)
