"""Shuffle a whole data set by a seed and cut it into training and test part, as Keras does."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Split", "check_fraction", "shuffled_split"]

Array: TypeAlias = npt.NDArray[Any]
Split: TypeAlias = tuple[tuple[Array, Array], tuple[Array, Array]]


def check_fraction(test_split: float) -> None:
    """Refuse a share of test data that is no share.

    Args:
        test_split: Share of the examples kept for testing, in [0, 1].

    Raises:
        ValueError: If it lies outside.

    Example:
        >>> check_fraction(0.2)
    """
    if not 0 <= test_split <= 1:
        raise ValueError(
            f"The argument test_split must lie in [0, 1], being a share of the examples; "
            f"got {test_split!r}."
        )


def shuffled_split(x: Array, y: Array, test_split: float, seed: int) -> Split:
    """Shuffle and cut.

    The order is that of `numpy.random.RandomState(seed).shuffle` on the row numbers, which numpy
    keeps stable for ever; the first part is for training.

    Args:
        x: Inputs.
        y: Targets.
        test_split: Share of the examples kept for testing, in [0, 1].
        seed: Seed of the order, 0 to 2**32 - 1.

    Shapes:
        x: (n, ...); y: (n, ...).

    Returns:
        ((x_train, y_train), (x_test, y_test)), copies.

    Raises:
        ValueError: If `test_split` lies outside [0, 1].

    Example:
        >>> (a, _), (b, _) = shuffled_split(np.arange(10), np.arange(10), 0.2, seed=113)
        >>> len(a), len(b), sorted([*a, *b]) == list(range(10))
        (8, 2, True)
    """
    check_fraction(test_split)
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    border = int(len(x) * (1 - test_split))
    train, test = order[:border], order[border:]
    return (x[train], y[train]), (x[test], y[test])
