"""Windows over series."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kpreprocess.sequence import (
    TimeseriesGenerator,
    sliding_windows,
    timeseries_dataset_from_array,
    timeseries_generator_from_json,
)

DATA = np.arange(50)[:, None] * [1, 10]
TARGETS = np.arange(50)


class RowByRow:
    """Gives single rows only, as many file formats do."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, row: int) -> Any:
        if not isinstance(row, int):
            raise TypeError(f"single rows only, got {row!r}")
        return self.array[row]


def test_sliding_windows() -> None:
    windows = sliding_windows(DATA, length=3, stride=4, rate=2)
    assert windows.shape == (12, 3, 2)
    assert not windows.flags.owndata
    assert all(np.array_equal(windows[i], DATA[4 * i : 4 * i + 5 : 2]) for i in range(12))
    for wrong in ({"length": 0}, {"stride": 0}, {"rate": 0}, {"length": 51}):
        with pytest.raises(ValueError, match="sliding_windows"):
            sliding_windows(DATA, **{"length": 3, **wrong})


@pytest.mark.parametrize("kind", [np.asarray, list, RowByRow])
@pytest.mark.parametrize("rate", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("reverse", [False, True])
def test_generator_by_hand(kind: Any, rate: int, stride: int, reverse: bool) -> None:
    generator = TimeseriesGenerator(
        kind(DATA), kind(TARGETS), 10, rate, stride, 2, 40, reverse=reverse, batch_size=4
    )
    rows = list(range(12, 41, stride))
    assert len(generator) == -(-len(rows) // 4)
    batches = list(generator)
    samples = np.concatenate([batch[0] for batch in batches])
    targets = np.concatenate([batch[1] for batch in batches])
    assert targets.tolist() == rows
    for sample, row in zip(samples, rows, strict=True):
        window = DATA[row - 10 : row : rate]
        assert np.array_equal(sample, window[::-1] if reverse else window)


def test_generator_shuffled() -> None:
    first, second = (TimeseriesGenerator(DATA, TARGETS, 5, shuffle=True, seed=3) for _ in range(2))
    samples, targets = first[0]
    assert samples.shape == (128, 5, 2)
    assert targets.min() >= 5
    assert all(np.array_equal(s, DATA[t - 5 : t]) for s, t in zip(samples, targets, strict=True))
    assert np.array_equal(second[0][1], targets)
    second.on_epoch_end()
    assert not np.array_equal(second[0][1], targets)


def test_generator_index() -> None:
    generator = TimeseriesGenerator(DATA, TARGETS, 5, batch_size=20)
    assert np.array_equal(generator[-1][1], generator[2][1])
    with pytest.raises(IndexError):
        generator[3]


def test_generator_to_json_and_back() -> None:
    generator = TimeseriesGenerator(DATA, TARGETS, 5, start_index=3, batch_size=7)
    again = timeseries_generator_from_json(generator.to_json())
    assert len(again) == len(generator)
    for one, other in zip(generator, again, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])
    assert json.loads(generator.to_json(indent=1))["class_name"] == "TimeseriesGenerator"
    for text in ("[]", "{}", "no json", '{"config": {}}'):
        with pytest.raises(ValueError, match="timeseries_generator_from_json"):
            timeseries_generator_from_json(text)


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ({"length": 0}, "length must be at least 1"),
        ({"batch_size": 0}, "batch_size"),
        ({"stride": -1}, "stride"),
        ({"sampling_rate": 0}, "sampling_rate"),
        ({"length": 50}, "length=50"),
        ({"start_index": 45}, "start_index=45"),
        ({"start_index": -1}, "start_index=-1"),
        ({"end_index": 50}, "end_index=50"),
        ({"targets": TARGETS[:-1]}, "data has 50 rows, targets 49"),
    ],
)
def test_generator_bad_input(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        TimeseriesGenerator(**{"data": DATA, "targets": TARGETS, "length": 10, **arguments})


def test_dataset_targets_belong_to_the_beginning() -> None:
    batches = timeseries_dataset_from_array(
        DATA, TARGETS, 4, sequence_stride=3, sampling_rate=2, batch_size=5, start_index=2
    )
    samples = np.concatenate([x for x, _ in batches])
    targets = np.concatenate([y for _, y in batches])
    assert targets.tolist() == list(range(2, 44, 3))
    assert len(batches) == 3
    for sample, row in zip(samples, targets, strict=True):
        assert np.array_equal(sample, DATA[row : row + 8 : 2])


def test_dataset_shuffled_gives_each_window_once() -> None:
    batches = timeseries_dataset_from_array(TARGETS, None, 3, shuffle=True, seed=1)
    first, second = (np.concatenate(list(batches))[:, 0] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(48))
    assert not np.array_equal(first, second)
    same = timeseries_dataset_from_array(TARGETS, None, 3, shuffle=True, seed=1)
    assert np.array_equal(np.concatenate(list(same))[:, 0], first)


def test_dataset_without_batches() -> None:
    singles = list(timeseries_dataset_from_array(TARGETS, TARGETS, 3, batch_size=None))
    assert len(singles) == 48
    assert singles[5][0].tolist() == [5, 6, 7]
    assert singles[5][1] == 5


@pytest.mark.parametrize(
    "arguments",
    [
        {"sequence_length": 0},
        {"sequence_length": 51},
        {"sequence_stride": 0},
        {"batch_size": 0},
        {"start_index": 50},
        {"start_index": 10, "end_index": 10},
        {"end_index": 51},
        {"targets": []},
    ],
)
def test_dataset_bad_input(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="timeseries_dataset_from_array"):
        timeseries_dataset_from_array(
            **{"data": DATA, "targets": TARGETS, "sequence_length": 3, **arguments}
        )
