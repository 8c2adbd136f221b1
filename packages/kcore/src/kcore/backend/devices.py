"""The devices that TensorFlow computes on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf


def names() -> list[str]:
    """The names of the devices, such as "CPU:0" and "GPU:0".

    Example:
        >>> names()[0]
        'CPU:0'
    """
    return [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()]


def on(name: str) -> AbstractContextManager[Any]:
    """Within it, what is computed and made is on the device of this name.

    Args:
        name: of `names()`, upper or lower case.

    Example:
        >>> with on("cpu:0"):
        ...     of(tf.ones(2))
        'CPU:0'
    """
    return tf.device(name)  # type: ignore[no-any-return]


def of(value: Any) -> str:
    """The name of the device that holds a tensor or the storage of a variable."""
    return str(value.device).rpartition("/device:")[2]
