"""kcore.utils against keras.utils: splits, windows, labels, norms, progress."""

from __future__ import annotations

import re
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from kcore import utils

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)


def _values(dataset: Any) -> Any:
    return [tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), e) for e in dataset]


@pytest.mark.parametrize("data", [X, (X, Y), [X, Y]], ids=["array", "tuple", "list"])
@pytest.mark.parametrize(
    "options",
    [
        {"left_size": 3},
        {"right_size": 0.35},
        {"left_size": 0.25, "right_size": 0.25},
        {"left_size": 0.5, "shuffle": True, "seed": 1},
    ],
    ids=lambda options: "-".join(options),
)
def test_splits_are_the_same(data: Any, options: dict[str, Any]) -> None:
    ours = utils.split_dataset(data, **options)
    theirs = keras.utils.split_dataset(data, **options)
    assert [_values(part) for part in ours] == [_values(part) for part in theirs]


@pytest.mark.parametrize("batch_size", [3, None])
def test_splits_of_pipelines_are_the_same(batch_size: int | None) -> None:
    data = tf.data.Dataset.from_tensor_slices((X, Y))
    data = data if batch_size is None else data.batch(batch_size)
    ours = utils.split_dataset(data, left_size=0.7)
    theirs = keras.utils.split_dataset(data, left_size=0.7)
    assert [_values(part) for part in ours] == [_values(part) for part in theirs]


@pytest.mark.parametrize("targets", [None, np.arange(20) + 100, np.arange(20)[3:], np.arange(6)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sequence_stride": 3, "sampling_rate": 2, "batch_size": 2},
        {"batch_size": None},
        {"start_index": 2, "end_index": 15, "batch_size": 3},
        {"end_index": 3},
    ],
    ids=lambda options: "-".join(options) or "plain",
)
def test_windows_are_the_same(targets: Any, options: dict[str, Any]) -> None:
    if targets is not None and len(targets) == 6 and "start_index" in options:
        pytest.skip("Keras reads behind the end of the targets")
    data = np.arange(40).reshape(20, 2)
    ours = utils.timeseries_dataset_from_array(data, targets, 4, **options)
    theirs = keras.utils.timeseries_dataset_from_array(data, targets, 4, **options)
    assert [tf.nest.map_structure(lambda leaf: leaf.tolist(), e) for e in ours] == _values(theirs)


def test_batches_as_tuples_are_the_same() -> None:
    for args in ((1,), ([1],), (1, 2), (1, 2, 3)):
        ours = utils.pack_x_y_sample_weight(*args)
        assert ours == keras.utils.pack_x_y_sample_weight(*args)
        assert utils.unpack_x_y_sample_weight(ours) == tuple(
            keras.utils.unpack_x_y_sample_weight(ours)
        )


def test_the_means_of_a_bar_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for library in (utils, tf_keras.utils):  # Keras 3 does not weigh by the steps
        bar = library.Progbar(6, verbose=2, stateful_metrics=["last"])
        for step, (a, b) in zip((1, 3, 6), ((1.0, 1e-5), (4.0, 2.0), (2.5, 123.25)), strict=True):
            bar.update(step, [("mean", a), ("last", b)])
        line = capsys.readouterr().out.strip()
        shown.append(re.findall(r"(?:mean|last): [0-9.e-]+", line))
    assert shown[0] == shown[1] == ["mean: 2.7500", "last: 123.2500"]
