"""The storage of a Variable on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Shape, Tensor


def create(
    value: Callable[[], Tensor], shape: Shape, dtype: str, trainable: bool, name: str
) -> Any:
    """A resource variable that starts with `value()`, made outside any function being traced."""
    with tf.init_scope():
        return tf.Variable(value, shape=shape, dtype=dtype, trainable=trainable, name=name)


def copy(storage: Any, device: str, name: str, empty: bool) -> Any:
    """A variable on a device that starts with the value of another, or with zeros."""
    with tf.init_scope(), tf.device(device):
        value = tf.identity(storage)
        first = tf.zeros_like(value) if empty else value
        return tf.Variable(first, trainable=storage.trainable, name=name)


def total(storages: Sequence[Any]) -> Tensor:
    """The sum of the values."""
    return tf.add_n([storage.read_value() for storage in storages])


def assign(storage: Any, value: Tensor) -> None:
    """Replaces the value."""
    storage.assign(value, read_value=False)


def assign_add(storage: Any, value: Tensor) -> None:
    """Adds to the value in place."""
    storage.assign_add(value, read_value=False)


def reference(storage: Any) -> Tensor:
    """The value now, sharing its memory until somebody writes; outside compiled code.

    Cheaper than `read`, and unseen by what records gradients.
    """
    return tf.raw_ops.ReadVariableOp(resource=storage.handle, dtype=storage.dtype)


def read(storage: Any) -> Tensor:
    """The value as a tensor."""
    return storage.read_value() if tf.executing_eagerly() else storage.value()
