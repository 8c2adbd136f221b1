"""Branches inside compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from kcore.errors import DataError
from kcore.typing import Tensor


def cond(predicate: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """What one of two functions gives; only that one runs."""
    return tf.cond(tf.convert_to_tensor(predicate), then, otherwise)


def when(predicate: Any, action: Callable[[], None]) -> None:
    """Runs an action that changes variables, or nothing."""

    def run() -> Tensor:
        action()
        return tf.constant(0)

    cond(predicate, run, lambda: tf.constant(0))


def require(condition: Tensor, message: str, values: Tensor) -> None:
    """Refuses data that break a condition.

    Raises:
        DataError: with the message and the first of the values; inside compiled code, TensorFlow's
            InvalidArgumentError with the message, when it runs.
    """
    if not tf.executing_eagerly():
        tf.debugging.Assert(condition, [message, values])
    elif not bool(condition):
        first = tf.reshape(values, [-1])[:8].numpy().tolist()
        raise DataError(f"{message} The data begin with {first}.")
