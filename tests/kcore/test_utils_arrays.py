"""Labels as rows, vectors of length one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kcore.errors import ConfigurationError, DataError
from kcore.utils import normalize, to_categorical


def test_rows_have_one_one() -> None:
    rows = to_categorical([2, 0], num_classes=4)
    assert rows.dtype == "float32"
    assert rows.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("y", "shape"),
    [([[0], [2]], (2, 3)), ([[0, 2]], (1, 2, 3)), (1, (2,)), (np.zeros((4, 1, 1)), (4, 1, 1))],
)
def test_shapes(y: Any, shape: tuple[int, ...]) -> None:
    rows = to_categorical(y)
    assert rows.shape == shape
    assert np.all(rows.sum(axis=-1) == 1)


def test_dtypes() -> None:
    assert to_categorical(np.array([1.0, 0.0]), dtype="int8").dtype == "int8"
    assert to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]
    assert to_categorical([], num_classes=3).shape == (0, 3)


@pytest.mark.parametrize(
    ("y", "classes", "fact"),
    [
        ([0, -1], None, "-1"),
        ([0, 3], 3, "3"),
        ([0.5], None, "0.5"),
        ([np.nan], None, "nan"),
        (["cat"], None, "dtype"),
        ([], None, "num_classes"),
    ],
)
def test_labels_that_are_none(y: Any, classes: int | None, fact: str) -> None:
    with pytest.raises(DataError, match=fact):
        to_categorical(y, classes)


def test_number_of_classes_is_checked() -> None:
    with pytest.raises(ConfigurationError, match="num_classes"):
        to_categorical([0], 0)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("order", [1, 2, np.inf])
def test_vectors_get_length_one(axis: int, order: float) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    lengths = np.linalg.norm(normalize(x, axis, order), order, axis)
    np.testing.assert_allclose(lengths, 1)


def test_zeros_stay_and_one_vector_becomes_a_row() -> None:
    assert normalize([[0, 0], [0, 2]]).tolist() == [[0, 0], [0, 1]]
    assert normalize([3.0, 4.0]).shape == (1, 2)


def test_a_missing_axis_is_named() -> None:
    with pytest.raises(DataError, match="axis 2"):
        normalize([[1.0]], axis=2)
