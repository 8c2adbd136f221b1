"""Labels as one-hot rows, and vectors of length one: numpy in, numpy out."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore.errors import ConfigurationError, DataError


def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> Any:
    """Class numbers as rows with a single 1.

    Args:
        y: class numbers, whole and at least 0.
        num_classes: length of a row; the largest class number plus 1 if None. Give it for a part of
            the data, which may lack the last class.
        dtype: of the result, default "float32".

    Shapes:
        y (...) or (..., 1); the result (..., classes).

    Raises:
        DataError: if a class number is negative, not whole, or too large for num_classes, or if y
            is empty and num_classes is None.
        ConfigurationError: if num_classes is no positive whole number.

    Example:
        >>> to_categorical([0, 2]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    labels = _class_numbers(np.asarray(y))
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if not labels.size:
            raise DataError("to_categorical: y is empty, so num_classes must be given.")
        num_classes = int(labels.max()) + 1
    elif isinstance(num_classes, bool) or int(num_classes) != num_classes or num_classes < 1:
        raise ConfigurationError(
            f"to_categorical: num_classes must be a whole number of at least 1; received "
            f"{num_classes!r}."
        )
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if wrong.size:
        raise DataError(
            f"to_categorical: class numbers must lie between 0 and {num_classes - 1} for "
            f"{num_classes} classes; y holds {int(wrong.flat[0])}. Give a larger num_classes, or "
            "number the classes from 0."
        )
    rows = np.zeros((labels.size, num_classes), dtype)
    rows[np.arange(labels.size), labels.ravel()] = 1
    return rows.reshape(*labels.shape, num_classes)


def _class_numbers(y: Any) -> Any:
    """The labels as int64, if they are whole numbers in whatever dtype."""
    if y.size and y.dtype.kind not in "biuf":
        raise DataError(
            f"to_categorical: y must hold class numbers; it has the dtype {y.dtype}. Map names to "
            "numbers first."
        )
    if y.dtype.kind == "f" and not np.all(y == np.floor(y)):  # NaN differs from itself
        bad = y[~(y == np.floor(y))].flat[0]
        raise DataError(f"to_categorical: class numbers must be whole; y holds {bad}.")
    return y.astype("int64")


def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    """Divides vectors by their length; those of length 0 stay as they are.

    Args:
        x: array or anything numpy can read.
        axis: along which the vectors lie, default the last.
        order: of the norm, default 2, the Euclidean length.

    Shapes:
        the input's; a single vector (n,) comes back as (1, n).

    Raises:
        DataError: if there is no such axis.

    Example:
        >>> normalize([[3.0, 4.0], [0.0, 0.0]]).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    array = np.asarray(x)
    if not -array.ndim <= axis < array.ndim:
        raise DataError(
            f"normalize: x of shape {array.shape} has no axis {axis}. Choose one between "
            f"{-array.ndim} and {array.ndim - 1}."
        )
    lengths = np.atleast_1d(np.linalg.norm(array, order, axis))
    lengths[lengths == 0] = 1
    return array / np.expand_dims(lengths, axis)
