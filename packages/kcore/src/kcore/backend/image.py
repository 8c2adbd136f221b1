"""Kernels for images: (batch, height, width, channels) or one image without the batch."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def resize(x: Tensor, size: tuple[Any, Any], interpolation: str, antialias: bool) -> Tensor:
    """Another height and width; pixels are squares, their values lie in the middle.

    Whole numbers are rounded and kept in the range of their dtype.
    """
    result = tf.image.resize(x, tf.stack(list(size)), method=interpolation, antialias=antialias)
    return fitted(result, x.dtype.name)


def fitted(x: Tensor, dtype: str) -> Tensor:
    """The values in another dtype; whole numbers are rounded and kept in its range."""
    kind = tf.as_dtype(dtype)
    if x.dtype == kind:
        return x
    if kind.is_integer and x.dtype.is_floating:
        return tf.saturate_cast(tf.round(x), kind)
    return tf.cast(x, kind)


def affine(
    x: Tensor, transform: Tensor, interpolation: str, fill_mode: str, fill_value: Any
) -> Tensor:
    """Each image sampled at other places: (batch, 8) projective transforms from output to input."""
    native = x.dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.uint8, tf.int32)
    images = x if native else tf.cast(x, "float32")
    result = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.cast(transform, "float32"),
        output_shape=tf.shape(images)[1:3],
        fill_value=tf.cast(fill_value, "float32"),
        interpolation=interpolation.upper(),
        fill_mode=fill_mode.upper(),
    )
    result.set_shape(x.shape)
    return fitted(result, x.dtype.name)


def solve(matrix: Tensor, right: Tensor) -> Tensor:
    """The solution of each system of linear equations."""
    return tf.linalg.solve(matrix, right)


def rgb_to_hsv(x: Tensor) -> Tensor:
    """Hue, saturation and value from red, green and blue in the last axis, all from 0 to 1."""
    return tf.image.rgb_to_hsv(x)


def hsv_to_rgb(x: Tensor) -> Tensor:
    """Red, green and blue from hue, saturation and value."""
    return tf.image.hsv_to_rgb(x)


def filtered(x: Tensor, kernel: Tensor) -> Tensor:
    """Every channel convolved with one kernel (height, width); zeros outside."""
    channels = x.shape[-1] or tf.shape(x)[-1]
    kernels = tf.tile(tf.cast(kernel, x.dtype)[:, :, None, None], [1, 1, channels, 1])
    return tf.nn.depthwise_conv2d(x, kernels, [1, 1, 1, 1], "SAME")


def equalized(levels: Tensor, bins: int) -> Tensor:
    """Levels 0 to bins - 1 spread evenly, for each image and channel; (batch, places, channels).

    A level becomes round((reached - first) / (places - first) * (bins - 1)), where `reached` counts
    the places up to the level and `first` those of the smallest level that occurs.
    """
    index = tf.transpose(tf.cast(levels, "int32"), [0, 2, 1])
    rows, places = tf.shape(index)[0] * tf.shape(index)[1], tf.shape(index)[2]
    flat = tf.reshape(index, [rows, places]) + tf.range(rows)[:, None] * bins
    counts = tf.math.unsorted_segment_sum(tf.ones_like(flat), flat, rows * bins)
    reached = tf.cumsum(tf.reshape(counts, [rows, bins]), axis=1)
    first = tf.reduce_min(tf.where(reached > 0, reached, places), axis=1, keepdims=True)
    span = tf.cast(tf.maximum(places - first, 1), "float32")
    table = tf.round(tf.cast(reached - first, "float32") / span * (bins - 1))
    # one level only: nothing to spread
    own = tf.cast(tf.range(bins), "float32")[None] * tf.ones_like(table)
    table = tf.where(places == first, own, table)
    found = tf.reshape(tf.gather(tf.reshape(table, [-1]), flat), tf.shape(index))
    return tf.transpose(found, [0, 2, 1])


def patches(
    x: Tensor, size: Sequence[int], strides: Sequence[int], rates: Sequence[int], padding: str
) -> Tensor:
    """Patches of (batch, height, width, channels), each as channels."""
    return tf.image.extract_patches(x, [1, *size, 1], [1, *strides, 1], [1, *rates, 1], padding)


def sampled(x: Tensor, places: Tensor, order: int, mode: str, fill: Any) -> Tensor:
    """The array at places (axes, ...): the nearest element, or the linear mean of those around."""
    kind = x.dtype
    mean = order == 1
    values = x if kind.is_floating or not mean else tf.cast(x, "float32")
    fill = tf.cast(fill, values.dtype)
    around = []  # for each axis, the elements to read and their shares
    for axis, place in enumerate(tf.unstack(places, num=x.shape.rank)):
        size = tf.shape(x)[axis]
        low = tf.floor(place) if mean else tf.floor(tf.abs(place) + 0.5) * tf.sign(place)
        share = tf.cast(place - low, values.dtype)
        steps = [(0, 1 - share), (1, share)] if mean else [(0, tf.ones_like(share))]
        around.append(
            [(*_inside(tf.cast(low, "int32") + step, size, mode), part) for step, part in steps]
        )
    total = tf.zeros_like(places[0], values.dtype)
    for corner in itertools.product(*around):
        index = tf.stack([at for at, _, _ in corner], -1)
        read = tf.gather_nd(values, index)
        if mode == "constant":
            known = functools.reduce(tf.logical_and, [valid for _, valid, _ in corner])
            read = tf.where(known, read, fill)
        total += read * functools.reduce(tf.multiply, [part for _, _, part in corner])
    return fitted(total, kind.name)


def _inside(index: Tensor, size: Tensor, mode: str) -> tuple[Tensor, Tensor]:
    """An index that exists, and whether the given one did."""
    valid = (index >= 0) & (index < size)
    if mode == "wrap":
        return tf.math.floormod(index, size), valid
    if mode == "mirror":
        turn = tf.maximum(size - 1, 1)
        return tf.minimum(turn - tf.abs(tf.math.floormod(index, 2 * turn) - turn), size - 1), valid
    if mode == "reflect":
        back = tf.math.floormod(index, 2 * size)
        return tf.minimum(back, 2 * size - 1 - back), valid
    return tf.clip_by_value(index, 0, size - 1), valid
