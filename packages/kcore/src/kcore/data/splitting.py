"""Data cut in two."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from kcore import backend, tree
from kcore.errors import ConfigurationError, DataError
from kcore.typing import Tree


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Any, Any]:
    """Cuts data into a left and a right part, for training and validation.

    All samples are held in memory at once.

    Args:
        dataset: an array, a tuple, list or dict of arrays, or a tf.data.Dataset.
        left_size: a share between 0 and 1 (float), or a number of samples (int); what the right
            part leaves if None.
        right_size: likewise; what the left part leaves if None.
        shuffle: whether samples are put in another order first.
        seed: of that order; another at each call if None.
        preferred_backend: None or "tensorflow".

    Returns:
        Two tf.data.Dataset of single samples (call `.batch` on them), or of batches if the data
        set given had batches.

    Raises:
        ConfigurationError: if no size is given, or one is of another type.
        DataError: if a part would be empty, the parts overlap, or the data are of no known kind.

    Example:
        >>> left, right = split_dataset(np.arange(10), left_size=0.8)
        >>> [int(sample) for sample in right]
        [8, 9]
    """
    if preferred_backend not in (None, "tensorflow"):
        raise ConfigurationError(
            "split_dataset: preferred_backend must be 'tensorflow' or None; received "
            f"{preferred_backend!r}."
        )
    rows, batch_size = _rows(dataset)
    total = len(tree.flatten(rows)[0])
    left, right = _sizes(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.Random(seed).shuffle(order)

    def part(places: list[int]) -> Any:
        made = backend.datasets.from_rows(tree.map_leaves(lambda leaf: leaf[places], rows))
        return made if batch_size is None else backend.datasets.batched(made, batch_size)

    return part(order[:left]), part(order[total - right :])


def _rows(dataset: Any) -> tuple[Tree, int | None]:
    """The samples as arrays, and the size of batches if they come in batches."""
    if backend.datasets.is_dataset(dataset):
        rows, batch_size = backend.datasets.rows_of(dataset)
    else:
        rows, batch_size = _arrays(dataset, "dataset"), None
    leaves = tree.flatten(rows)
    counts = sorted({len(leaf) for leaf in leaves})
    if not leaves or counts == [0]:
        raise DataError("split_dataset: the data set is empty.")
    if len(counts) > 1:
        raise DataError(
            f"split_dataset: every array needs the same number of samples; received {counts}."
        )
    return rows, batch_size


def _arrays(value: Any, name: str) -> Tree:
    if isinstance(value, (list, tuple)) and value:
        return tuple(_arrays(item, f"{name}[{i}]") for i, item in enumerate(value))
    if isinstance(value, dict) and value:
        return {key: _arrays(item, f"{name}[{key!r}]") for key, item in value.items()}
    if not getattr(value, "shape", None):
        raise DataError(
            "split_dataset expects an array, a tuple, list or dict of arrays, or a "
            f"tf.data.Dataset; {name} is of type {type(value).__name__}."
        )
    return np.asarray(value)


def _sizes(left: float | None, right: float | None, total: int) -> tuple[int, int]:
    """The numbers of samples of both parts."""
    if left is None and right is None:
        raise ConfigurationError("split_dataset needs left_size, right_size or both.")
    given = _count("left_size", left, total), _count("right_size", right, total)
    first = given[0] if given[0] is not None else total - (given[1] or 0)
    second = given[1] if given[1] is not None else total - first
    if min(first, second) < 1 or first + second > total:
        raise DataError(
            f"split_dataset: left_size={left} and right_size={right} of {total} samples make parts "
            f"of {first} and {second}; both need at least one, together at most {total}."
        )
    return first, second


def _count(name: str, size: float | None, total: int) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, (int, float, np.integer, np.floating)):
        raise ConfigurationError(
            f"split_dataset: {name} must be a number of samples (int) or a share (float); received "
            f"{size!r} ({type(size).__name__})."
        )
    whole = isinstance(size, (int, np.integer))
    if not (0 < size < total if whole else 0 <= size <= 1):
        raise DataError(
            f"split_dataset: {name} must be a whole number above 0 and below {total}, the number "
            f"of samples, or a share between 0.0 and 1.0; received {size!r}."
        )
    return int(size) if whole else round(size * total)
