"""Arrays: numpy, memory maps, tensors, frames, HDF5, alone or in lists and dicts.

A chunk copies the rows it needs and nothing else, so data larger than memory train from a memory
map. The order of an epoch is a function of the seed and the epoch's number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kcore import config, tree
from kcore.data.chunk import Chunk, class_weights_of, to_array
from kcore.data.options import Options
from kcore.errors import DataError
from kcore.typing import Tree

# a chunk in use, one waiting, one being filled and the device's copy stay below 64 MiB together
CHUNK_BYTES = 12 * 2**20


def is_array(value: Any) -> bool:
    """Whether a value is one array: it has a shape with at least one axis, or it is a frame."""
    shape = getattr(value, "shape", None)
    return shape is not None and len(shape) > 0 and hasattr(value, "__getitem__")


def is_array_tree(value: Any) -> bool:
    """Whether a value is an array, a list of plain numbers, or lists and dicts of these."""
    if isinstance(value, dict):
        return bool(value) and all(is_array_tree(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return True
    return is_array(value)


def standardize(value: Any, name: str) -> Tree:
    """A tree of arrays that can be indexed by rows.

    A list whose items are arrays is a list of inputs; a list of plain numbers is one array.

    Raises:
        DataError: if a leaf is no array, or text where numbers are expected.
    """
    if isinstance(value, dict):
        return {str(key): standardize(item, f"{name}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(is_array(item) for item in value):
            return [standardize(item, f"{name}[{i}]") for i, item in enumerate(value)]
        return _plain(value, name)
    return _leaf(value, name)


def _plain(value: Any, name: str) -> Any:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(
            f"{name} is a list whose rows have different lengths ({error}). Pad them with "
            "kpreprocess.pad_sequences."
        ) from None
    if array.dtype == np.object_:
        raise DataError(
            f"{name} is a list of {type(value[0]).__name__}; expected numbers or arrays of one "
            "shape."
        )
    return array


def _frame(frame: Any, name: str) -> Any:
    """The numbers of a frame; columns of different kinds become floats."""
    array = np.asarray(frame.to_numpy())
    if array.dtype != np.object_:
        return array
    try:
        return array.astype(config.floatx() if config.floatx() != "bfloat16" else "float32")
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name} is a frame with columns {list(frame.columns)}, and not all of them hold "
            f"numbers ({error}). Encode or drop the others."
        ) from None


def _leaf(value: Any, name: str) -> Any:
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):  # a frame
        return _frame(value, name)
    if hasattr(value, "to_numpy") and not isinstance(value, np.ndarray):  # a column
        return np.asarray(value.to_numpy())
    if isinstance(value, np.ndarray):
        if value.dtype == np.object_:
            return to_array(value, name, config.floatx())
        return value
    if hasattr(value, "numpy"):  # a tensor in main memory: a view
        return np.asarray(value.numpy() if not hasattr(value, "detach") else value.detach().numpy())
    if is_array(value):  # anything that gives numpy arrays by rows, HDF5 data sets for one
        return value
    raise DataError(f"{name} is of type {type(value).__name__}; expected an array.")


class ArraySource:
    """Arrays as a source.

    Args:
        parts: (x,), (x, y) or (x, y, weights), standardized.
        options: how to go through them.

    Raises:
        DataError: if an array is empty or the numbers of samples differ.
    """

    can_repeat = True
    can_resume = True

    def __init__(self, parts: tuple[Tree, ...], options: Options) -> None:
        self.parts = parts
        self.options = options
        self.batch_size = int(options.batch_size or 32)
        self.rows = _count_rows(parts, options.names)
        self.steps: int | None = -(-self.rows // self.batch_size)
        if options.class_weight is not None and len(parts) < 2:
            raise DataError("class_weight was given without y; it weighs samples by their class.")

    def chunks(self, epoch: int, want: Callable[[], int], skip: int = 0) -> Iterator[Chunk]:
        """The chunks of an epoch, in the order that (seed, epoch) decides."""
        order = self.order(epoch)
        row = skip * self.batch_size
        while row < self.rows:
            size = min(want() * self.batch_size, self.rows - row)
            yield self.take(None if order is None else order[row : row + size], row, size)
            row += size

    def order(self, epoch: int) -> Any:
        """The row numbers of an epoch, or None for the natural order."""
        if not self.options.shuffle:
            return None
        generator = np.random.Generator(np.random.PCG64([self.options.seed, epoch]))
        if self.options.shuffle != "batch":
            return generator.permutation(self.rows)
        full = self.rows // self.batch_size
        blocks = generator.permutation(full)[:, None] * self.batch_size + np.arange(self.batch_size)
        return np.concatenate([blocks.reshape(-1), np.arange(full * self.batch_size, self.rows)])

    def take(self, rows: Any, first_row: int, size: int) -> Chunk:
        """The chunk with the given rows (the natural ones from `first_row` if None)."""

        def pick(leaf: Any) -> Any:
            if rows is None:
                return to_array(leaf[first_row : first_row + size], "x", config.floatx())
            return to_array(_rows(leaf, rows), "x", config.floatx())

        data = tuple(tree.map_leaves(pick, part) for part in self.parts)
        data = with_class_weights(data, self.options)
        ends = np.minimum(np.arange(0, size + self.batch_size, self.batch_size), size)
        return Chunk(data, ends.astype("int32"), first_row)

    def first_batch(self) -> tuple[Tree, ...]:
        """The first samples in their natural order."""
        return self.take(None, 0, min(self.batch_size, self.rows)).data

    def bytes_per_batch(self) -> int:
        """Memory of one batch."""
        sizes = [
            int(np.prod(leaf.shape[1:], dtype="int64")) * np.dtype(leaf.dtype).itemsize
            for leaf in tree.flatten(self.parts)
        ]
        total: int = max(1, sum(sizes)) * self.batch_size
        return total

    def locate(self, epoch: int, batch: int, rows: list[int]) -> str:
        """Which samples these rows of a batch are, for messages; all of the batch if none."""
        start = batch * self.batch_size
        order = self.order(epoch)
        size = min(self.batch_size, self.rows - start)
        numbers = np.arange(start, start + size) if order is None else order[start : start + size]
        return f"sample(s) {listed(numbers[rows] if rows else numbers)} of the data"

    def end_epoch(self) -> None:
        """Nothing to do for arrays."""

    def close(self) -> None:
        """Nothing to do for arrays."""


def listed(numbers: Any, most: int = 32) -> str:
    """Numbers in a row for a message; the first ones of many."""
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return ", ".join(str(int(n)) for n in numbers[:most]) + more


def _rows(leaf: Any, rows: Any) -> Any:
    """Rows in any order; HDF5 wants its indices ascending."""
    if isinstance(leaf, np.ndarray):
        return leaf.take(rows, axis=0)
    ascending = np.argsort(rows, kind="stable")
    picked = np.asarray(leaf[rows[ascending]])
    result = np.empty_like(picked)
    result[ascending] = picked
    return result


def _count_rows(parts: tuple[Tree, ...], names: tuple[str, ...]) -> int:
    counts: dict[str, int] = {}
    for name, part in zip(names, parts, strict=False):
        leaves = tree.flatten(part)
        for index, leaf in enumerate(leaves):
            counts[name if len(leaves) == 1 else f"{name}[{index}]"] = int(leaf.shape[0])
    empty = [name for name, count in counts.items() if count == 0]
    if empty:
        raise DataError(f"{empty[0]} is empty (0 samples); at least one is needed.")
    if not counts:
        raise DataError(f"{names[0]} is an empty dict; at least one array is needed.")
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise DataError(f"Every array needs the same number of samples (first axis): {listed}.")
    return next(iter(counts.values()))


def with_class_weights(data: tuple[Tree, ...], options: Options) -> tuple[Tree, ...]:
    """The data with class weights as sample weights; multiplied with those that are there."""
    if options.class_weight is None or len(data) < 2:
        return data
    targets = tree.flatten(data[1])
    if len(targets) != 1:
        raise DataError(
            f"class_weight works with one target; y holds {len(targets)}. Give sample_weight."
        )
    weights = class_weights_of(targets[0], options.class_weight, options.names[1])
    if len(data) == 3:
        weights = weights * np.asarray(tree.flatten(data[2])[0], dtype="float32").reshape(
            len(weights)
        )
    return (data[0], data[1], weights)
