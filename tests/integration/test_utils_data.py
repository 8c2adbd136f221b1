"""HDF5Matrix, split_dataset, time series, batches as tuples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import klayers
from kcore import utils
from kcore.errors import ConfigurationError, DataError
from kcore.models import Sequential
from kcore.optimizers import SGD


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as opened:
        opened["x"] = np.arange(60, dtype="float32").reshape(20, 3)
        opened["group/y"] = np.arange(20, dtype="int32")
    return path


def test_a_matrix_is_a_window_on_the_rows(file: Path) -> None:
    rows = np.arange(60, dtype="float32").reshape(20, 3)[5:15]
    part = utils.HDF5Matrix(file, "x", 5, 15)
    assert (len(part), part.shape, part.ndim, part.size) == (10, (10, 3), 2, 30)
    assert part.dtype == "float32"
    keys: list[Any] = [3, -1, slice(None), slice(2, 9, 3), slice(8, 2, -2), slice(7, 3)]
    keys += [[4, 1, 1, -2], np.array([9, 0]), np.arange(10) % 3 == 0]
    for key in keys:
        assert np.array_equal(part[key], rows[key]), key
    assert np.array_equal(np.asarray(part), rows)


def test_a_normalizer_decides_shape_and_dtype(file: Path) -> None:
    part = utils.HDF5Matrix(file, "x", normalizer=lambda x: (x[..., :1] > 10).astype("int8"))
    assert part.shape == (20, 1)
    assert part.dtype == "int8"
    assert part[[19, 0]].tolist() == [[1], [0]]


def test_fit_takes_a_matrix(file: Path) -> None:
    model = Sequential([klayers.Dense(1, input_shape=(3,), kernel_initializer="zeros")])
    x, y = utils.HDF5Matrix(file, "x", 0, 12), utils.HDF5Matrix(file, "group/y", 0, 12)
    model.compile(SGD(1e-5), "mse")
    model.fit(x, y, batch_size=5, epochs=2, verbose=0, shuffle="batch")
    other = Sequential([klayers.Dense(1, input_shape=(3,), kernel_initializer="zeros")])
    other.compile(SGD(1e-5), "mse")
    history = other.fit(x, y, batch_size=12, epochs=1, verbose=0)
    assert history.history["loss"][0] == pytest.approx(np.mean(np.arange(12.0) ** 2))
    assert np.allclose(model.predict(x), model.predict(x[:]))


def test_wrong_rows_and_names_are_told(file: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows 5 to 50 .*'x'.*20 rows"):
        utils.HDF5Matrix(file, "x", 5, 50)
    with pytest.raises(DataError, match=r"no data set 'z'.*group/y"):
        utils.HDF5Matrix(file, "z")
    with pytest.raises(DataError, match=r"missing\.h5"):
        utils.HDF5Matrix(tmp_path / "missing.h5", "x")
    with pytest.raises(ConfigurationError, match=r"start.*1\.5"):
        utils.HDF5Matrix(file, "x", 1.5)  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="20 rows has no row 20"):
        utils.HDF5Matrix(file, "x")[20]


X, Y = np.arange(10.0)[:, None], np.arange(10)


def _values(dataset: Any) -> list[Any]:
    return [np.asarray(sample).ravel().tolist() for sample in dataset]


@pytest.mark.parametrize(
    ("sizes", "left", "right"),
    [
        ({"left_size": 3}, 3, 7),
        ({"right_size": 0.35}, 6, 4),
        ({"left_size": 0.25, "right_size": 2}, 2, 2),
    ],
)
def test_the_left_part_is_the_head_and_the_right_the_tail(
    sizes: dict[str, Any], left: int, right: int
) -> None:
    a, b = utils.split_dataset(Y, **sizes)
    assert _values(a) == [[i] for i in range(left)]
    assert _values(b) == [[i] for i in range(10 - right, 10)]


def test_parts_keep_form_order_and_batches() -> None:
    left, right = utils.split_dataset({"a": X, "b": (Y, Y + 1)}, 6, shuffle=True, seed=4)
    seen = [int(sample["b"][1]) - 1 for part in (left, right) for sample in part]
    assert sorted(seen) == list(range(10)) and seen != sorted(seen)
    again = utils.split_dataset(Y, 6, shuffle=True, seed=4)
    assert [v for part in again for [v] in _values(part)] == seen
    batched, _ = utils.split_dataset(left.batch(4), 0.5)
    assert [len(batch["a"]) for batch in batched] == [3]


@pytest.mark.parametrize(
    ("data", "sizes", "error", "facts"),
    [
        (Y, {}, ConfigurationError, "left_size.*right_size"),
        (Y, {"left_size": "a"}, ConfigurationError, "left_size.*'a'"),
        (Y, {"left_size": 10}, DataError, "left_size.*10"),
        (Y, {"right_size": 1.5}, DataError, r"right_size.*1\.5"),
        (Y, {"left_size": 6, "right_size": 5}, DataError, "6 and 5"),
        (Y, {"left_size": 0.01}, DataError, "parts of 0 and 10"),
        ([1, 2], {"left_size": 1}, DataError, r"dataset\[0\] is of type int"),
        ((X, Y[:3]), {"left_size": 1}, DataError, r"\[3, 10\]"),
        (Y, {"left_size": 1, "preferred_backend": "jax"}, ConfigurationError, "jax"),
    ],
)
def test_splits_that_cannot_be(data: Any, sizes: Any, error: Any, facts: str) -> None:
    with pytest.raises(error, match=facts):
        utils.split_dataset(data, **sizes)


def test_windows_train_a_model_and_each_pass_is_whole() -> None:
    series = np.arange(30, dtype="float32")[:, None]
    windows = utils.timeseries_dataset_from_array(
        series, series[4:, 0], 4, batch_size=8, shuffle=True, seed=3
    )
    first, second = ([y.tolist() for _, y in windows] for _ in range(2))
    assert first != second
    for one in (first, second):
        assert sorted(v for batch in one for v in batch) == list(range(4, 30))
    assert len(windows) == len(first) == 4
    assert [x.shape for x, _ in windows.take(1)] == [(8, 4, 1)]
    model = Sequential([klayers.Flatten(input_shape=(4, 1)), klayers.Dense(1)])
    model.compile("sgd", "mse")
    assert len(model.fit(windows, epochs=2, verbose=0).history["loss"]) == 2


@pytest.mark.parametrize(
    ("options", "facts"),
    [
        ({"sequence_length": 0}, "sequence_length.*0"),
        ({"sampling_rate": 50}, "sampling_rate.*30.*50"),
        ({"start_index": -1}, "start_index=-1"),
        ({"start_index": 8, "end_index": 8}, "end_index=8"),
        ({"end_index": 31}, "30.*end_index=31"),
        ({"batch_size": 0}, "batch_size.*0"),
    ],
)
def test_windows_that_cannot_be(options: Any, facts: str) -> None:
    with pytest.raises(ConfigurationError, match=facts):
        utils.timeseries_dataset_from_array(
            np.arange(30), None, **{"sequence_length": 3, **options}
        )


def test_batches_as_tuples() -> None:
    assert utils.pack_x_y_sample_weight(1) == 1
    assert utils.pack_x_y_sample_weight([1]) == ([1],)
    assert utils.pack_x_y_sample_weight(1, None, 3) == (1, None, 3)
    assert utils.unpack_x_y_sample_weight([1, 2, 3]) == (1, 2, 3)
    assert utils.unpack_x_y_sample_weight({"a": 1}) == ({"a": 1}, None, None)
    with pytest.raises(DataError, match="tuple of 4"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))
