"""The devices that TensorFlow computes on."""

from __future__ import annotations

import tensorflow as tf


def names() -> list[str]:
    """The names of the devices, such as "CPU:0" and "GPU:0".

    Example:
        >>> names()[0]
        'CPU:0'
    """
    return [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()]
