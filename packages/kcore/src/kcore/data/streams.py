"""Batches that somebody else makes: by index, or one after the other.

Batches in a row that have the same form are laid into one chunk.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from kcore import config, tree
from kcore.data.arrays import listed, with_class_weights
from kcore.data.chunk import Chunk, to_array
from kcore.data.options import Options
from kcore.data.sequence import PyDataset
from kcore.data.workers import Ordered, ProcessPool, ThreadPool
from kcore.errors import DataError
from kcore.typing import Tree


class IndexedSource:
    """A PyDataset as a source.

    Args:
        dataset: has `__len__` and `__getitem__`.
        options: `shuffle` gives the batches of each epoch an order of their own.

    Raises:
        DataError: if it is empty.
    """

    can_repeat = True

    @property
    def can_resume(self) -> bool:
        """Whether batches depend on nothing but their number: the data set changes by no hook."""
        own = getattr(type(self.dataset), "on_epoch_end", None)
        return own is None or own is PyDataset.on_epoch_end

    def __init__(self, dataset: Any, options: Options) -> None:
        self.dataset = dataset
        self.options = options
        length = len(dataset)
        if length < 1:
            raise DataError(f"{type(dataset).__name__} has no batches: its length is {length}.")
        if options.steps is not None and options.steps > length:
            _warn_of_end(type(dataset).__name__, length, options.steps, "an epoch will have fewer")
        self.steps: int | None = length if options.steps is None else min(length, options.steps)
        self._workers: Ordered | None = None
        self._changed = False

    def chunks(self, epoch: int, want: Callable[[], int], skip: int = 0) -> Iterator[Chunk]:
        """The chunks of an epoch."""
        return gather(self._batches(self.order(epoch)[skip:]), want, self.options)

    def _batches(self, order: list[int]) -> Iterator[Any]:
        count = self._setting("workers", 1)
        if count < 2:
            return (self.dataset[index] for index in order)
        if self._workers is None:
            kind = ProcessPool if self._setting("use_multiprocessing", False) else ThreadPool
            ahead = max(count, self._setting("max_queue_size", 10))
            self._workers = Ordered(kind(self.dataset, count), ahead)
        elif self._changed:
            self._workers.pool.renew(self.dataset)
        self._changed = False
        return self._workers.items(order)

    def _setting(self, name: str, default: int) -> int:
        given = self.options.workers.get(name)
        return int(getattr(self.dataset, name, default) if given is None else given)

    def order(self, epoch: int) -> list[int]:
        """The numbers of an epoch's batches."""
        order = np.arange(self.steps or 0)
        if self.options.shuffle:
            generator = np.random.Generator(np.random.PCG64([self.options.seed, epoch]))
            order = generator.permutation(order)
        return [int(index) for index in order]

    def locate(self, epoch: int, batch: int, rows: list[int]) -> str:
        """Which samples these rows of a batch are, for messages."""
        name = f"{type(self.dataset).__name__}[{self.order(epoch)[batch]}]"
        return f"row(s) {listed(rows)} of {name}" if rows else name

    def end_epoch(self) -> None:
        """Tells the data set, which may change."""
        if hasattr(self.dataset, "on_epoch_end"):
            self.dataset.on_epoch_end()
            self._changed = not self.can_resume

    def close(self) -> None:
        """Ends the workers."""
        if self._workers is not None:
            self._workers.pool.close()
            self._workers = None


class StreamSource:
    """An iterable or iterator of batches as a source.

    An iterator goes on where the last epoch ended; an iterable starts anew in each. If each pass is
    to see the same batches, those of an iterator are kept.

    Args:
        iterable: gives tuples (inputs,), (inputs, targets) or (inputs, targets, weights), or inputs
            alone.
        options: `steps` says how many batches make an epoch.
    """

    can_resume = False

    def __init__(self, iterable: Any, options: Options) -> None:
        self.iterable = iterable
        self.options = options
        self.can_repeat = not hasattr(iterable, "__next__")
        self.steps: int | None = options.steps if options.steps is not None else _length(iterable)
        self._iterator: Iterator[Any] | None = None if self.can_repeat else iter(iterable)
        self._kept: list[Any] = []
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Says before training that the data will end too early, where they know their length."""
        name = type(self.iterable).__name__
        steps, epochs = self.options.steps, self.options.epochs
        if self.can_repeat:
            have = _length(self.iterable)
            if have is not None and steps is not None and have < steps:
                _warn_of_end(name, have, steps, "an epoch will have fewer")
            return
        left = operator.length_hint(self._iterator, 0)
        need = epochs * steps if steps is not None else None
        if left and need is not None and left < need:
            _warn_of_end(name, left, need, f"{epochs} epoch(s) of {steps} steps need more")
        elif left and need is None and epochs > 1:
            _warn_of_end(name, left, left * epochs, "an iterator can be gone through once")

    def chunks(self, epoch: int, want: Callable[[], int], skip: int = 0) -> Iterator[Chunk]:
        """The chunks of an epoch."""
        keeps = self.options.same and not self.can_repeat
        return gather(self._kept_batches() if keeps else self._batches(), want, self.options)

    def _kept_batches(self) -> Iterator[Any]:
        yield from list(self._kept)
        for batch in self._batches(len(self._kept)):
            self._kept.append(batch)
            yield batch

    def _batches(self, given: int = 0) -> Iterator[Any]:
        anew = self.can_repeat and (self.options.steps is None or self.options.same)
        if self._iterator is None or anew:
            self._iterator = iter(self.iterable)
        while self.options.steps is None or given < self.options.steps:
            try:
                batch = next(self._iterator)
            except StopIteration:
                self._iterator = None if self.can_repeat else self._iterator
                if self.options.steps is not None:
                    warnings.warn(
                        f"The data ended after {given} batches; an epoch was to have "
                        f"{self.options.steps}. Give fewer steps, or data that repeat.",
                        stacklevel=2,
                    )
                return
            given += 1
            yield batch

    def end_epoch(self) -> None:
        """Nothing to do for streams."""

    def close(self) -> None:
        """Nothing to do for streams."""

    def locate(self, epoch: int, batch: int, rows: list[int]) -> str:
        """Which samples these rows of a batch are, for messages."""
        name = f"batch {batch} of the epoch"
        return f"row(s) {listed(rows)} of {name}" if rows else name


def _warn_of_end(name: str, have: int, need: int, why: str) -> None:
    warnings.warn(
        f"The {name} holds {have} batches, and {need} are to be trained on: {why}. Give fewer "
        "steps or epochs, or data that repeat.",
        stacklevel=2,
    )


def _length(iterable: Any) -> int | None:
    """Batches in the iterable, where it knows."""
    if hasattr(iterable, "cardinality"):  # tf.data says -1 for endless, -2 for unknown
        count = int(iterable.cardinality())
        return count if count >= 0 else None
    try:
        return len(iterable)
    except TypeError:
        return None


def gather(batches: Iterable[Any], want: Callable[[], int], options: Options) -> Iterator[Chunk]:
    """Lays batches in a row into chunks; a batch of another form starts a new one."""
    waiting: list[tuple[Tree, ...]] = []
    form: Any = None
    rows = 0
    wanted = want()
    for batch in batches:
        data = with_class_weights(as_parts(batch), options)
        own = [(leaf.shape[1:], leaf.dtype) for leaf in tree.flatten(data)]
        if waiting and (len(waiting) >= wanted or own != form):
            chunk = _lay(waiting, rows)
            rows += int(chunk.ends[-1])
            yield chunk
            waiting = []
            wanted = want()
        form = own
        waiting.append(data)
        if len(waiting) >= wanted:
            chunk = _lay(waiting, rows)
            rows += int(chunk.ends[-1])
            yield chunk
            waiting, wanted = [], want()
    if waiting:
        yield _lay(waiting, rows)


def as_parts(batch: Any) -> tuple[Tree, ...]:
    """A batch as (x,), (x, y) or (x, y, weights) of arrays.

    Raises:
        DataError: if it is a tuple of another length, or its arrays have different lengths.
    """
    parts = batch if isinstance(batch, tuple) else (batch,)
    if isinstance(batch, list) and len(batch) in (2, 3):
        parts = tuple(batch)
    while len(parts) > 1 and parts[-1] is None:
        parts = parts[:-1]
    if not 1 <= len(parts) <= 3:
        raise DataError(
            f"A batch must be (inputs,), (inputs, targets) or (inputs, targets, weights); received "
            f"a tuple of {len(parts)}."
        )
    floatx = config.floatx()
    names = ("x", "y", "sample_weight")
    data = tuple(
        tree.map_leaves(lambda leaf, name=name: to_array(leaf, name, floatx), part)
        for name, part in zip(names, parts, strict=False)
    )
    lengths = {leaf.shape[0] if leaf.ndim else None for leaf in tree.flatten(data)}
    if len(lengths) != 1 or None in lengths or 0 in lengths:
        shapes = [leaf.shape for leaf in tree.flatten(data)]
        raise DataError(
            "The arrays of a batch need one number of samples, at least 1; received shapes "
            f"{shapes}."
        )
    return data


def _lay(batches: list[tuple[Tree, ...]], first_row: int) -> Chunk:
    lengths = [len(tree.flatten(batch)[0]) for batch in batches]
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype("int32")
    if len(batches) == 1:
        return Chunk(batches[0], ends, first_row)
    laid = tree.map_leaves(lambda *leaves: np.concatenate(leaves), *batches)
    return Chunk(laid, ends, first_row)
