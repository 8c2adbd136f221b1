"""tf.data: pipelines made from arrays, and arrays from pipelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kcore.typing import Tree


def is_dataset(value: Any) -> bool:
    """Whether a value is a tf.data.Dataset."""
    return isinstance(value, tf.data.Dataset)


def from_rows(arrays: Tree) -> Any:
    """A tf.data.Dataset whose elements are the rows of the arrays."""
    return tf.data.Dataset.from_tensor_slices(arrays).prefetch(tf.data.AUTOTUNE)


def batched(dataset: Any, size: int) -> Any:
    """A data set of batches of this size; the last may be smaller."""
    return dataset.batch(size).prefetch(tf.data.AUTOTUNE)


def rows_of(dataset: Any) -> tuple[Tree, int | None]:
    """All elements of a data set as arrays, and the size of its batches if it has batches.

    Raises:
        ValueError: if the elements have different shapes.
    """
    # the data set itself keeps this number from its `batch`
    size = getattr(dataset, "_batch_size", None)
    rows = list((dataset if size is None else dataset.unbatch()).as_numpy_iterator())
    if not rows:
        return [], None
    stacked = tf.nest.map_structure(lambda *values: np.stack(values), *rows)
    return stacked, None if size is None else int(size)
