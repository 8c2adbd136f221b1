"""Fourier transforms; complex values as pairs of real and imaginary part."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.typing import Tensor

Pair = tuple[Tensor, Tensor]


def _complex(x: Any) -> Tensor:
    return tf.complex(x[0], x[1])


def _pair(x: Tensor) -> Pair:
    return tf.math.real(x), tf.math.imag(x)


def transform(name: str, x: Any) -> Pair:
    """The transform of tf.signal with that name: "fft", "ifft", "fft2d" or "ifft2d"."""
    return _pair(getattr(tf.signal, name)(_complex(x)))


def real_transform(x: Tensor, length: int | None) -> Pair:
    """The first half of the transform of real values along the last axis."""
    return _pair(tf.signal.rfft(x, None if length is None else [length]))


def inverse_real_transform(x: Any, length: int | None) -> Tensor:
    """The real values whose `real_transform` is given."""
    return tf.signal.irfft(_complex(x), None if length is None else [length])


def frames(x: Tensor, length: int, stride: int) -> Tensor:
    """Overlapping parts of the last axis."""
    return tf.signal.frame(x, length, stride)


def overlap_add(x: Tensor, stride: int) -> Tensor:
    """Frames laid over each other and added; undoes `frames` but for the overlaps."""
    return tf.signal.overlap_and_add(x, stride)


def window(name: str, length: int, dtype: str) -> Tensor:
    """The periodic window of that name: "hann" or "hamming"."""
    make = tf.signal.hann_window if name == "hann" else tf.signal.hamming_window
    return make(length, periodic=True, dtype=tf.as_dtype(dtype))
