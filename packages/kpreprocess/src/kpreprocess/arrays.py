"""Arrays of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["to_categorical"]


def to_categorical(
    y: npt.ArrayLike, num_classes: int | None = None, dtype: npt.DTypeLike = "float32"
) -> npt.NDArray[Any]:
    """Turn class numbers into rows with a single 1.

    Args:
        y: Class numbers, whole and at least 0.
        num_classes: Length of a row; None (default) takes the largest class number plus 1 - give
            it for parts of a data set, which may lack the last class.
        dtype: Type of the result. Default 'float32'.

    Shapes:
        y: (...) or (..., 1); the result: (..., classes).

    Returns:
        An array that is 1 at each class number and 0 elsewhere.

    Raises:
        ValueError: If a class number is negative, not whole, or at least `num_classes`; or if `y`
            is empty and `num_classes` is not given.

    Example:
        >>> to_categorical([0, 2], num_classes=3)
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    labels = _whole(np.asarray(y))
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if not labels.size:
            raise ValueError("to_categorical: y is empty, so num_classes must be given.")
        num_classes = int(labels.max()) + 1
    _check_range(labels, num_classes)
    rows = np.zeros((labels.size, num_classes), dtype=dtype)
    rows[np.arange(labels.size), labels.ravel()] = 1
    return rows.reshape(*labels.shape, num_classes)


def _whole(y: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if y.dtype.kind in "iu" or not y.size:
        return y.astype(np.int64)
    if y.dtype.kind not in "bf":
        raise ValueError(
            f"to_categorical: y must hold class numbers; it has the dtype {y.dtype}. "
            "Map names to numbers first."
        )
    labels = y.astype(np.float64)
    wrong = ~(np.isfinite(labels) & (labels == np.floor(labels)))
    if wrong.any():
        raise ValueError(
            f"to_categorical: y must hold whole class numbers; it holds {labels[wrong][0]} at "
            f"index {_first(wrong)}."
        )
    return labels.astype(np.int64)


def _check_range(labels: npt.NDArray[np.int64], num_classes: int) -> None:
    wrong = (labels < 0) | (labels >= num_classes)
    if wrong.any():
        raise ValueError(
            f"to_categorical: y must hold class numbers from 0 to {num_classes - 1} "
            f"(num_classes={num_classes}); it holds {labels[wrong][0]} at index {_first(wrong)}."
        )


def _first(wrong: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(wrong)[0])
