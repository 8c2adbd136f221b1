"""Kernels for text: standardize, split, hash, look up."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kcore.backend.tensor import convert
from kcore.typing import Tensor

_PUNCTUATION = f"[{re.escape(string.punctuation)}]"


def lower(x: Tensor) -> Tensor:
    """ASCII letters in lower case; others stay."""
    return tf.strings.lower(x)


def strip_punctuation(x: Tensor) -> Tensor:
    """Text without ASCII punctuation."""
    return tf.strings.regex_replace(x, _PUNCTUATION, "")


def decimal(x: Tensor) -> Tensor:
    """Text as it is, numbers as the decimal digits of their whole part."""
    x = convert(x)
    return x if x.dtype == tf.string else tf.strings.as_string(tf.cast(x, "int64"))


def hash_bucket(x: Tensor, bins: int, key: Sequence[int] | None) -> Tensor:
    """FarmHash64 of text modulo `bins`, or SipHash64 with a key of two numbers; int64."""
    if key is None:
        return tf.strings.to_hash_bucket_fast(x, bins)
    return tf.strings.to_hash_bucket_strong(x, bins, list(key))


def cross(columns: Sequence[Tensor], bins: int) -> Tensor:
    """One bin for the elements of all columns at the same place; (elements,) int64."""
    parts = [convert(column) for column in columns]
    parts = [p if p.dtype == tf.string else tf.cast(p, "int64") for p in parts]
    return tf.sparse.cross_hashed([tf.reshape(p, (-1, 1)) for p in parts], bins).values


def split(x: Tensor, unit: str) -> Any:
    """The words or characters of each text in a vector, as rows of different lengths."""
    if unit == "character":
        return tf.strings.unicode_split(x, "UTF-8")
    return tf.strings.split(x)


def ngrams(tokens: Any, widths: Sequence[int]) -> Any:
    """Neighbours joined by a space: all of the first width, then of the next."""
    return tf.strings.ngrams(tokens, list(widths), separator=" ")


def is_ragged(tokens: Any) -> bool:
    """Whether rows have different lengths."""
    return isinstance(tokens, tf.RaggedTensor)


def map_values(function: Callable[[Tensor], Tensor], tokens: Any) -> Any:
    """A function of each element, in rows of equal or different lengths."""
    return tf.ragged.map_flat_values(function, tokens) if is_ragged(tokens) else function(tokens)


def dense(tokens: Any, fill: Any, length: int | None) -> Tensor:
    """Rows of one length: cut or filled to `length`, or filled to that of the longest."""
    if is_ragged(tokens):
        shape = [None] * (len(tokens.shape) - 1) + [length]
        return tokens.to_tensor(default_value=tf.cast(fill, tokens.dtype), shape=shape)
    if length is None:
        return tokens
    kept = tokens[..., :length]
    missing = length - tf.shape(kept)[-1]
    widths = [[0, 0]] * (len(kept.shape) - 1) + [[0, missing]]
    padded = tf.pad(kept, widths, constant_values=tf.cast(fill, kept.dtype))
    padded.set_shape([*kept.shape[:-1], length])
    return padded


def rows(tokens: Any) -> list[Any]:
    """The elements row by row as Python lists; only outside compiled code."""
    return list(tokens.to_list() if is_ragged(tokens) else tokens.numpy().tolist())


class Table:
    """Where each of some keys stands in a list; -1 for others.

    Args:
        keys: different from each other.
        dtype: "string" (keys are bytes) or "int64".
    """

    def __init__(self, keys: Sequence[Any], dtype: str) -> None:
        with tf.init_scope():
            self._table = tf.lookup.experimental.MutableHashTable(
                tf.as_dtype(dtype), tf.int64, default_value=-1
            )
            if len(keys):
                self._table.insert(
                    tf.constant(list(keys), dtype), tf.range(len(keys), dtype=tf.int64)
                )
        self._dtype = dtype

    def find(self, keys: Tensor) -> Tensor:
        """The places, int64; the shape of the keys."""
        keys = convert(keys)
        keys = keys if keys.dtype.name == self._dtype else tf.cast(keys, self._dtype)
        found = self._table.lookup(keys)
        found.set_shape(keys.shape)
        return found


def pick(values: Sequence[Any], dtype: str, index: Tensor, other: Any) -> Tensor:
    """The values at some places, and another one where there is none."""
    table = tf.constant([*values, other], dtype)
    inside = (index >= 0) & (index < len(values))
    return tf.gather(table, tf.where(inside, index, len(values)))


def same(x: Tensor, value: Any) -> Tensor:
    """Where elements equal a value; bool."""
    x = convert(x)
    return tf.equal(x, tf.cast(value, x.dtype) if x.dtype != tf.string else value)
