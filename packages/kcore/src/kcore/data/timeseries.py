"""Windows over a series of measurements, cut when they are needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from kcore.errors import ConfigurationError, DataError


class TimeseriesDataset:
    """Batches of windows over a series; made by `timeseries_dataset_from_array`.

    It can be gone through any number of times and is given to fit as it is. A batch is cut out of
    the series when it is asked for; the series itself is not copied.

    Args:
        data: the series, time first.
        targets: one for each time at which a window may start, or None.
        starts: where the windows start.
        offsets: the times of a window, from its start.
        batch_size: windows in a batch; None gives single windows.
        seed: of the order of each pass, or None for the natural order.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        starts: Any,
        offsets: Any,
        batch_size: int | None,
        seed: int | None,
    ) -> None:
        self.data = data
        self.targets = targets
        self.starts = starts
        self.offsets = offsets
        self.batch_size = batch_size
        self.seed = seed
        self._passes = itertools.count()

    def __len__(self) -> int:
        return -(-len(self.starts) // (self.batch_size or 1))

    def __iter__(self) -> Iterator[Any]:
        starts = self.starts
        if self.seed is not None:
            generator = np.random.Generator(np.random.PCG64([self.seed, next(self._passes)]))
            starts = generator.permutation(starts)
        if self.batch_size is None:
            for start in starts:
                yield self._at(start, start + self.offsets)
            return
        for first in range(0, len(starts), self.batch_size):
            part = starts[first : first + self.batch_size]
            yield self._at(part, part[:, None] + self.offsets)

    def _at(self, starts: Any, times: Any) -> Any:
        windows = self.data[times]
        return windows if self.targets is None else (windows, self.targets[starts])

    def take(self, count: int) -> Iterator[Any]:
        """The first batches of a pass."""
        return itertools.islice(iter(self), count)


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> TimeseriesDataset:
    """Batches of windows over a series of measurements, for fit, evaluate and predict.

    Args:
        data: array (time, ...).
        targets: array (time, ...), targets[i] belongs to the window that starts at i; None for
            windows alone.
        sequence_length: measurements in a window.
        sequence_stride: times between the starts of two windows.
        sampling_rate: times between two measurements of a window.
        batch_size: windows in a batch, default 128; None gives single windows.
        shuffle: whether each pass has an order of its own.
        seed: of these orders; drawn anew if None.
        start_index: time of the first measurement used, the first of all if None.
        end_index: time behind the last measurement used, the end if None.

    Returns:
        An iterable of arrays (batch, sequence_length, ...), or of pairs with the targets.

    Raises:
        ConfigurationError: if a number is too small or does not fit the length of the data.
        DataError: if data or targets have no time axis.

    Example:
        >>> pairs = timeseries_dataset_from_array(np.arange(6), np.arange(6) * 10, 3, batch_size=2)
        >>> [(x.tolist(), y.tolist()) for x, y in pairs]
        [([[0, 1, 2], [1, 2, 3]], [0, 10]), ([[2, 3, 4], [3, 4, 5]], [20, 30])]
    """
    series = _with_time(data, "data")
    goals = None if targets is None else _with_time(targets, "targets")
    total = len(series)
    numbers = {
        "sequence_length": sequence_length,
        "sequence_stride": sequence_stride,
        "sampling_rate": sampling_rate,
        "batch_size": 1 if batch_size is None else batch_size,
    }
    for name, value in numbers.items():
        if value < 1:
            raise ConfigurationError(f"{_NAME}: {name} must be at least 1; received {value}.")
        if name in ("sequence_stride", "sampling_rate") and value >= total:
            raise ConfigurationError(
                f"{_NAME}: {name} must be below the length of the data, {total}; received {value}."
            )
    start, end = start_index or 0, total if end_index is None else end_index
    if not 0 <= start < end <= total:
        raise ConfigurationError(
            f"{_NAME}: expected 0 <= start_index < end_index <= {total}, the length of the data; "
            f"received start_index={start_index}, end_index={end_index}."
        )
    count = end - start - sequence_length * sampling_rate + 1
    if goals is not None:
        count = min(count, len(goals) - start)
    starts = start + np.arange(0, max(count, 0), sequence_stride)
    offsets = np.arange(sequence_length) * sampling_rate
    if shuffle and seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    return TimeseriesDataset(series, goals, starts, offsets, batch_size, seed if shuffle else None)


_NAME = "timeseries_dataset_from_array"


def _with_time(value: Any, name: str) -> Any:
    array = np.asarray(value)
    if array.ndim == 0:
        raise DataError(f"{_NAME}: {name} must be an array with time as first axis.")
    return array
