"""Windows over series: every window a sample, one gather a batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from .json_text import Check, fields, integer, parse, shown

__all__ = [
    "TimeseriesGenerator",
    "WindowBatches",
    "sliding_windows",
    "timeseries_dataset_from_array",
    "timeseries_generator_from_json",
]

Array = npt.NDArray[Any]


def sliding_windows(data: npt.ArrayLike, length: int, stride: int = 1, rate: int = 1) -> Array:
    """All windows over a series, as a view that takes no memory.

    Args:
        data: The series.
        length: Steps in a window, at least 1.
        stride: Steps between the beginnings of two windows, at least 1. Default 1.
        rate: Steps between two neighbours inside a window, at least 1. Default 1.

    Shapes:
        data: (time, ...); the result: (windows, length, ...).

    Returns:
        A read-only view; copy it to change it.

    Raises:
        ValueError: If an argument is below 1 or the series is shorter than one window.

    Example:
        >>> sliding_windows([1, 2, 3, 4, 5], length=2, stride=2)
        array([[1, 2],
               [3, 4]])
    """
    series = np.asarray(data)
    _at_least_one("sliding_windows", length=length, stride=stride, rate=rate)
    span = (length - 1) * rate + 1
    if series.ndim < 1 or len(series) < span:
        raise ValueError(
            f"sliding_windows: a window spans {span} steps (length={length}, rate={rate}), but "
            f"data has the shape {series.shape}."
        )
    view = np.lib.stride_tricks.sliding_window_view(series, span, axis=0)[::stride, ..., ::rate]
    return np.moveaxis(view, -1, 1)


class TimeseriesGenerator:
    """Batches of windows with the target that follows each window.

    The window of row r is data[r - length : r : sampling_rate], its target is targets[r]: the row
    itself is not in the window. For windows that begin at their target's row see
    `timeseries_dataset_from_array`.

    Args:
        data: The series, a numpy array or anything that slices like one.
        targets: One target a row, as long as `data`.
        length: Rows that a window spans, at least 1.
        sampling_rate: Rows between two steps of a window, at least 1. Default 1.
        stride: Rows between two windows, at least 1. Default 1.
        start_index: First row of `data` to use. Default 0.
        end_index: Last row to use, included; None (default) for the last one.
        shuffle: Whether to draw the rows of each batch at random (with replacement) instead of in
            order. Default False.
        reverse: Whether time runs backwards in each window. Default False.
        batch_size: Windows in a batch, at least 1; the last batch may be smaller. Default 128.
        seed: Seed of the random rows; None (default) draws one. A batch is a function of seed,
            epoch (see `on_epoch_end`) and batch number, whoever asks for it.

    Raises:
        ValueError: If an argument lies outside its range, `data` and `targets` differ in length,
            or not one window fits.

    Example:
        >>> batches = TimeseriesGenerator([1, 2, 3, 4], [1, 2, 3, 4], length=2, batch_size=2)
        >>> batches[0]
        (array([[1, 2],
               [2, 3]]), array([3, 4]))
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        seed: int | None = None,
    ) -> None:
        _at_least_one(
            "TimeseriesGenerator",
            length=length,
            sampling_rate=sampling_rate,
            stride=stride,
            batch_size=batch_size,
        )
        if len(data) != len(targets):
            raise ValueError(
                "TimeseriesGenerator: data and targets must be equally long; data has "
                f"{len(data)} rows, targets {len(targets)}."
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length  # first row that is a target
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        self.epoch = 0
        if start_index < 0 or not self.start_index <= self.end_index < len(data):
            raise ValueError(
                f"TimeseriesGenerator: no window of length={length} fits between "
                f"start_index={start_index} and end_index={self.end_index} of {len(data)} rows; "
                "the target must follow its window inside that range."
            )

    def __len__(self) -> int:
        rows = self.end_index - self.start_index + 1
        return ceil(rows / (self.batch_size * self.stride))

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        """Batch by number.

        Args:
            index: 0 to len - 1, or from the end if negative.

        Shapes:
            (batch, ceil(length / sampling_rate), ...) and (batch, ...).

        Returns:
            (samples, targets).

        Raises:
            IndexError: If there is no such batch.
        """
        rows = self._rows(range(len(self))[index])
        offsets = np.arange(-self.length, 0, self.sampling_rate)
        samples = _take(self.data, rows[:, None] + offsets)
        return samples[:, ::-1] if self.reverse else samples, _take(self.targets, rows)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        return (self[index] for index in range(len(self)))

    def on_epoch_end(self) -> None:
        """Draw other rows from now on, if rows are drawn at all."""
        self.epoch += 1

    def _rows(self, index: int) -> npt.NDArray[np.int_]:
        if self.shuffle:
            draw = np.random.default_rng((self.seed, self.epoch, index))
            return draw.integers(self.start_index, self.end_index + 1, size=self.batch_size)
        first = self.start_index + index * self.batch_size * self.stride
        last = min(first + self.batch_size * self.stride, self.end_index + 1)
        return np.arange(first, last, self.stride)

    def get_config(self) -> dict[str, Any]:
        """Arguments as plain data, the series included, in Keras' layout.

        Returns:
            A dictionary that `json.dumps` takes; data and targets are JSON texts in it.

        Raises:
            TypeError: If data or targets hold what JSON cannot.
        """
        return {
            "data": json.dumps(np.asarray(self.data).tolist()),
            "targets": json.dumps(np.asarray(self.targets).tolist()),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs: Any) -> str:
        """The generator as JSON text, for `timeseries_generator_from_json`.

        Args:
            **kwargs: Passed to `json.dumps`.

        Returns:
            JSON in Keras' layout.
        """
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """Make the generator that `to_json` described, here or in Keras.

    Keras writes the first target row under the name start_index; this reader takes the window's
    length off again, so that the same windows come out.

    Args:
        json_string: The text.

    Returns:
        An equal generator.

    Raises:
        ValueError: If the text is not such a description.

    Example:
        >>> text = TimeseriesGenerator([1, 2, 3], [1, 2, 3], length=2).to_json()
        >>> timeseries_generator_from_json(text)[0]
        (array([[1, 2]]), array([3]))
    """
    caller = "timeseries_generator_from_json"
    data = fields(parse(json_string, caller), caller, _SAVED, frozenset(["config"]))
    needed = frozenset(["data", "targets", "length", "start_index"])
    config = fields(data["config"], f"{caller}: config", _CONFIG, needed)
    rows = _series(config.pop("data"), f"{caller}: data")
    targets = _series(config.pop("targets"), f"{caller}: targets")
    config["start_index"] -= config["length"]
    return TimeseriesGenerator(rows, targets, **config)


_FLAG: Check = (lambda v: isinstance(v, bool), "true or false")
_WHOLE: Check = (lambda v: integer(v, 1), "a whole number from 1")
_SAVED: dict[str, Check] = {
    "class_name": (lambda v: isinstance(v, str), "the name of a class"),
    "config": (lambda v: isinstance(v, dict), "a dictionary"),
}
_CONFIG: dict[str, Check] = {
    "data": (lambda v: isinstance(v, str), "a JSON text"),
    "targets": (lambda v: isinstance(v, str), "a JSON text"),
    **dict.fromkeys(("length", "sampling_rate", "stride", "batch_size"), _WHOLE),
    "start_index": (integer, "a whole number from 0"),
    "end_index": (lambda v: v is None or integer(v), "a whole number or null"),
    "shuffle": _FLAG,
    "reverse": _FLAG,
}


def _series(text: str, place: str) -> Array:
    """An array from nested lists of equal lengths; values may be missing (NaN)."""
    data = parse(text, place, constants=True)
    try:
        found = np.asarray(data)
    except ValueError:
        found = None
    if found is None or found.dtype == object or found.ndim == 0:
        raise ValueError(f"{place}: expected lists of equal lengths; got {shown(data)}.")
    return found


class WindowBatches:
    """Batches of windows over an array; made by `timeseries_dataset_from_array`.

    An iterable with a length: each pass gives every window once, in another order if shuffled.

    Args:
        data: The series.
        targets: One target a window, or None.
        starts: First row of each window.
        offsets: Rows of a window after its first.
        batch_size: Windows in a batch; None gives single windows without a batch axis.
        seed: Seed of the order, None for the order of time.

    Example:
        >>> batches = timeseries_dataset_from_array([1, 2, 3], None, sequence_length=2)
        >>> len(batches), [batch.tolist() for batch in batches]
        (1, [[[1, 2], [2, 3]]])
    """

    def __init__(
        self,
        data: Array,
        targets: Array | None,
        starts: npt.NDArray[np.int_],
        offsets: npt.NDArray[np.int_],
        batch_size: int | None,
        seed: int | None,
    ) -> None:
        self._data = data
        self._targets = targets
        self._starts = starts
        self._offsets = offsets
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        return ceil(len(self._starts) / (self._batch_size or 1))

    def __iter__(self) -> Iterator[Any]:
        order = np.arange(len(self._starts))
        if self._seed is not None:
            np.random.default_rng((self._seed, self._epoch)).shuffle(order)
        self._epoch += 1
        size = self._batch_size or 1
        for first in range(0, len(order), size):
            chosen = order[first : first + size]
            yield self._batch(chosen if self._batch_size else chosen[0])

    def _batch(self, chosen: Any) -> Any:
        samples = _take(self._data, self._starts[chosen][..., None] + self._offsets)
        if self._targets is None:
            return samples
        return samples, _take(self._targets, self._starts[chosen])


def timeseries_dataset_from_array(
    data: npt.ArrayLike,
    targets: npt.ArrayLike | None,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> WindowBatches:
    """Windows over an array in batches; targets[i] belongs to the window that begins at row i.

    Args:
        data: The series.
        targets: One target a row (shift it to predict the future), or None for windows alone.
        sequence_length: Steps in a window, at least 1.
        sequence_stride: Rows between two windows, at least 1. Default 1.
        sampling_rate: Rows between two steps of a window, at least 1. Default 1.
        batch_size: Windows in a batch, at least 1. Default 128; None for no batch axis.
        shuffle: Whether windows come in random order, another one in each pass. Default False.
        seed: Seed of that order; None (default) draws one.
        start_index: First row to use; None (default) for 0.
        end_index: First row not to use any more; None (default) for the end.

    Shapes:
        data: (time, ...); targets: (time, ...); a batch: (batch, sequence_length, ...).

    Returns:
        An iterable with a length: batches of windows, or of (windows, targets).

    Raises:
        ValueError: If an argument lies outside its range or not one window fits.

    Example:
        >>> batches = timeseries_dataset_from_array([1, 2, 3, 4], [5, 6, 7, 8], 2)
        >>> next(iter(batches))
        (array([[1, 2],
               [2, 3],
               [3, 4]]), array([5, 6, 7]))
    """
    name = "timeseries_dataset_from_array"
    sizes = {"sequence_length": sequence_length, "sequence_stride": sequence_stride}
    sizes |= {"sampling_rate": sampling_rate}
    _at_least_one(name, **sizes, batch_size=1 if batch_size is None else batch_size)
    series = np.asarray(data)
    labels = None if targets is None else np.asarray(targets)
    first = start_index or 0
    end = len(series) if end_index is None else end_index
    if not 0 <= first < end <= len(series):
        raise ValueError(
            f"{name}: start_index={start_index} and end_index={end_index} must mark a part of the "
            f"{len(series)} rows of data."
        )
    count = end - first - (sequence_length - 1) * sampling_rate
    if labels is not None:
        count = min(count, len(labels) - first)
    if count < 1:
        raise ValueError(
            f"{name}: not one window of sequence_length={sequence_length} at "
            f"sampling_rate={sampling_rate} fits into rows {first} to {end - 1} of data with a "
            f"target ({'none given' if labels is None else len(labels)})."
        )
    if shuffle and seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    return WindowBatches(
        series,
        labels,
        np.arange(first, first + count, sequence_stride),
        np.arange(0, sequence_length * sampling_rate, sampling_rate),
        batch_size,
        seed if shuffle else None,
    )


def _take(source: Any, rows: npt.NDArray[np.int_]) -> Array:
    """Rows of an array (one gather), or of what only gives one row at a time."""
    if isinstance(source, np.ndarray):
        return np.asarray(source[rows])
    flat = np.asarray([np.asarray(source[int(row)]) for row in rows.ravel()])
    return flat.reshape(*rows.shape, *flat.shape[1:])


def _at_least_one(caller: str, **arguments: int) -> None:
    for name, given in arguments.items():
        if given < 1:
            raise ValueError(f"{caller}: {name} must be at least 1; got {given}.")
