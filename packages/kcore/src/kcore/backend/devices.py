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


def split_cpu(count: int) -> None:
    """Makes the CPU several devices, "CPU:0", "CPU:1" and so on; before anything is computed."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    )


def on(name: str) -> AbstractContextManager[Any]:
    """Within it, what is computed and made is on the device of this name."""
    return tf.device(name)  # type: ignore[no-any-return]


def of(value: Any) -> str:
    """The name of the device that holds a tensor or the storage of a variable."""
    return str(value.device).rpartition("/device:")[2]
