"""What training needs of data, and how an adapter is chosen.

A source hands out chunks: some batches in a row, laid one behind the other in one array for each
input, target and weight. Training runs a chunk in one compiled call.

| given as x | adapter |
| --- | --- |
| arrays, memory maps, tensors, lists and dicts of them | `arrays.ArraySource` |
| pandas or polars frames, HDF5 data sets | `arrays.ArraySource` |
| `PyDataset` / `Sequence` | `streams.IndexedSource` |
| tables of Hugging Face: columns by name, rows when asked for | `arrays.ArraySource` |
| generators, iterators, tf.data, DataLoader, any iterable of batches | `streams.StreamSource` |
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from kcore import tree
from kcore.data.arrays import ArraySource, is_array_tree, standardize
from kcore.data.chunk import Chunk
from kcore.data.columns import columns_of, is_table
from kcore.data.options import Options
from kcore.data.sequence import PyDataset
from kcore.data.streams import IndexedSource, StreamSource
from kcore.errors import DataError

__all__ = ["Chunk", "Options", "Source", "as_source"]


class Source(Protocol):
    """Data that training can go through again and again.

    Attributes:
        steps: batches in an epoch, None if not known.
        can_repeat: whether each epoch starts from the beginning.
    """

    steps: int | None
    can_repeat: bool

    @property
    def can_resume(self) -> bool:
        """Whether any batch of any epoch can be had again, so that training can go on there."""
        ...

    def chunks(self, epoch: int, want: Callable[[], int], skip: int = 0) -> Iterator[Chunk]:
        """The chunks of an epoch.

        Args:
            epoch: counted from 0; decides the order.
            want: how many batches the next chunk should hold at most.
            skip: batches at the start of the epoch that are left out.
        """
        ...

    def locate(self, epoch: int, batch: int, rows: list[int]) -> str:
        """Which samples the rows of a batch are, for messages; all of the batch if none."""
        ...

    def end_epoch(self) -> None:
        """Told after the last chunk of an epoch was used."""
        ...

    def close(self) -> None:
        """Told when the data are not needed any more."""
        ...


def as_source(
    x: Any, y: Any = None, sample_weight: Any = None, options: Options | None = None
) -> Source:
    """The adapter for the data.

    Args:
        x: inputs, or an iterable of batches that hold targets and weights too.
        y: targets, for arrays only.
        sample_weight: weights, for arrays only.
        options: how to go through the data.

    Raises:
        DataError: if the data are empty, do not fit together, or are of no known kind.

    Example:
        >>> import numpy as np
        >>> as_source(np.zeros((5, 2)), options=Options(batch_size=2)).steps
        3
    """
    options = options or Options()
    _check_batch_size(options.batch_size)
    if x is None:
        raise DataError(
            "x is None; give inputs as arrays, a Sequence, a generator or a tf.data.Dataset."
        )
    if isinstance(x, PyDataset) or _is_indexed(x):
        _refuse_extra(x, y, sample_weight, options)
        return IndexedSource(x, options)
    if is_table(x):
        if y is not None:
            raise DataError(
                f"x is a {type(x).__name__} with the columns {x.column_names}, which holds its "
                'targets in a column "label"; y must not be given.'
            )
        x, y = columns_of(x)
    if is_array_tree(x):
        parts = [
            (name, part) for name, part in zip(options.names, (x, y, sample_weight), strict=True)
        ]
        given = tuple(standardize(part, name) for name, part in parts if part is not None)
        if y is None and sample_weight is not None:
            raise DataError("sample_weight was given without y; weights belong to targets.")
        return ArraySource(given, options)
    if hasattr(x, "__iter__") or hasattr(x, "__next__"):
        _refuse_extra(x, y, sample_weight, options)
        return StreamSource(x, options)
    raise DataError(
        f"x is of type {type(x).__name__}; expected arrays (numpy, memmap, frames, tensors, or "
        "lists and dicts of them), a Sequence, a generator or a tf.data.Dataset."
    )


@contextlib.contextmanager
def closing(sources: Iterable[Source]) -> Iterator[None]:
    """Ends what sources have started when a block is over."""
    try:
        yield
    finally:
        for source in sources:
            source.close()


def _is_indexed(x: Any) -> bool:
    """Whether it is a data set of batches by index, such as Keras' own Sequence."""
    has_both = hasattr(x, "__getitem__") and hasattr(x, "__len__")
    return has_both and hasattr(x, "on_epoch_end") and not hasattr(x, "shape")


def _check_batch_size(batch_size: Any) -> None:
    if batch_size is None:
        return
    whole = hasattr(batch_size, "__index__") and not isinstance(batch_size, bool)
    if not whole or batch_size < 1:
        raise DataError(
            f"batch_size must be a whole number of at least 1; received {batch_size!r}."
        )


def _refuse_extra(x: Any, y: Any, sample_weight: Any, options: Options) -> None:
    kind = type(x).__name__
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise DataError(
                f"x is a {kind}, whose batches hold inputs, targets and weights themselves; {name} "
                f"must not be given. Let each batch be a tuple (inputs, targets[, weights])."
            )
    if options.batch_size is not None:
        raise DataError(
            f"x is a {kind}, which decides the size of its batches itself; batch_size must not be "
            f"given, received {options.batch_size}."
        )


def split_tail(
    x: Any, y: Any, sample_weight: Any, fraction: float
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """Cuts arrays in two; the second part is the tail, before any shuffling.

    Args:
        fraction: share of the tail, above 0, below 1.

    Raises:
        DataError: if the data are no arrays, or a part would be empty.
    """
    if not is_array_tree(x):
        raise DataError(
            f"validation_split needs arrays; x is of type {type(x).__name__}. Give validation_data."
        )
    if not 0 < fraction < 1:
        raise DataError(f"validation_split must be above 0 and below 1; received {fraction!r}.")
    parts = [
        None if p is None else standardize(p, n)
        for p, n in ((x, "x"), (y, "y"), (sample_weight, "sample_weight"))
    ]
    count = len(tree.flatten(parts[0])[0])
    cut = int(count * (1 - fraction))
    if cut == 0 or cut == count:
        raise DataError(
            f"validation_split={fraction} of {count} samples leaves {cut} to train on and "
            f"{count - cut} to validate on; both need at least one."
        )

    def take(lo: int, hi: int) -> tuple[Any, Any, Any]:
        a, b, c = (None if p is None else tree.map_leaves(lambda v: v[lo:hi], p) for p in parts)
        return a, b, c

    return take(0, cut), take(cut, count)
