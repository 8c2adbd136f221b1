"""Random numbers as a function of an explicit seed: two integers in, the same numbers out."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def _sampling_dtype(dtype: str) -> str:
    return dtype if dtype in ("float32", "float64") else "float32"


def seed_tensor(seed: int | tuple[int, int] | Tensor) -> Tensor:
    """A seed as the kernels want it: a vector of two int32."""
    if isinstance(seed, tf.Tensor):
        return tf.reshape(tf.cast(seed, "int32"), (2,))
    pair = (seed, 0) if isinstance(seed, int) else seed
    # any Python integer is a seed: keep its low bits, as signed 32-bit numbers
    folded = [((int(part) + 2**31) % 2**32) - 2**31 for part in pair]
    return tf.constant(folded, dtype="int32")


def uniform(shape: Any, low: float, high: float, seed: Tensor, dtype: str) -> Tensor:
    """Uniform on [low, high)."""
    kind = _sampling_dtype(dtype)
    values = tf.random.stateless_uniform(shape, seed, low, high, dtype=kind)
    return tf.cast(values, dtype)


def randint(shape: Any, low: int, high: int, seed: Tensor, dtype: str) -> Tensor:
    """Whole numbers from low up to high - 1."""
    return tf.cast(tf.random.stateless_uniform(shape, seed, low, high, dtype="int64"), dtype)


def normal(shape: Any, mean: float, stddev: float, seed: Tensor, dtype: str) -> Tensor:
    """Normal with the given mean and standard deviation."""
    kind = _sampling_dtype(dtype)
    return tf.cast(tf.random.stateless_normal(shape, seed, mean, stddev, dtype=kind), dtype)


def truncated_normal(shape: Any, mean: float, stddev: float, seed: Tensor, dtype: str) -> Tensor:
    """Normal, values farther than two standard deviations drawn again."""
    kind = _sampling_dtype(dtype)
    values = tf.random.stateless_truncated_normal(shape, seed, mean, stddev, dtype=kind)
    return tf.cast(values, dtype)


def keep_mask(shape: Any, rate: float, seed: Tensor) -> Tensor:
    """True with probability 1 - rate, for each element on its own.

    Sixteen random bits decide an element: half the work of a uniform float, and the rate is met
    to 2**-16.
    """
    count = tf.reduce_prod(tf.cast(shape, "int32"))
    words = tf.random.stateless_uniform(
        [(count + 1) // 2], seed, minval=None, maxval=None, dtype="uint32"
    )
    # as signed numbers: the processor's kernels compare these
    halves = tf.reshape(tf.bitcast(words, "int16"), [-1])[:count]
    threshold = min(round(rate * 65536), 65535) - 32768
    return tf.reshape(halves >= tf.constant(threshold, dtype="int16"), shape)


def gamma(shape: Any, alpha: float, seed: Tensor, dtype: str) -> Tensor:
    """Gamma numbers with the given shape parameter and scale 1."""
    kind = _sampling_dtype(dtype)
    return tf.cast(tf.random.stateless_gamma(shape, seed, alpha, dtype=kind), dtype)


def categorical(logits: Tensor, count: int, seed: Tensor, dtype: str) -> Tensor:
    """Class numbers by their logits, (batch, count)."""
    return tf.cast(tf.random.stateless_categorical(logits, count, seed, dtype="int64"), dtype)


def shuffle(x: Tensor, axis: int, seed: Tensor) -> Tensor:
    """The slices along an axis in the order of random numbers."""
    keys = tf.random.stateless_uniform(
        [tf.shape(x)[axis]], seed, minval=None, maxval=None, dtype="int32"
    )
    return tf.gather(x, tf.argsort(keys, stable=True), axis=axis)


def binomial(shape: Any, counts: Any, probabilities: Any, seed: Tensor, dtype: str) -> Tensor:
    """Numbers of successes."""
    kind = _sampling_dtype(dtype)
    values = tf.random.stateless_binomial(
        shape, seed, tf.cast(counts, kind), tf.cast(probabilities, kind), output_dtype=kind
    )
    return tf.cast(values, dtype)
