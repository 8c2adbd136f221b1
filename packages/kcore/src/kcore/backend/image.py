"""Kernels for images: (batch, height, width, channels) or one image without the batch."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def resize(x: Tensor, size: tuple[Any, Any], interpolation: str, antialias: bool) -> Tensor:
    """Another height and width; pixels are squares, their values lie in the middle.

    Whole numbers are rounded and kept in the range of their dtype.
    """
    result = tf.image.resize(x, tf.stack(list(size)), method=interpolation, antialias=antialias)
    if result.dtype == x.dtype:
        return result
    if x.dtype.is_integer:
        return tf.saturate_cast(tf.round(result), x.dtype)
    return tf.cast(result, x.dtype)
