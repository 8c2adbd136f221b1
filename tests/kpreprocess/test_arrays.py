"""Labels as rows with a single 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kpreprocess import to_categorical


@pytest.mark.parametrize(
    ("y", "shape"),
    [([0, 2, 1], (3, 3)), ([[0], [2]], (2, 3)), ([[0, 2], [1, 0]], (2, 2, 3)), (2, (3,))],
)
def test_rows(y: Any, shape: tuple[int, ...]) -> None:
    rows = to_categorical(y)
    assert rows.shape == shape
    assert rows.dtype == np.float32
    labels = np.asarray(y)
    squeezed = labels[..., 0] if labels.ndim > 1 and labels.shape[-1] == 1 else labels
    assert np.array_equal(rows.argmax(-1), squeezed)
    assert (rows.sum(-1) == 1).all()


def test_dtype_and_number_of_classes() -> None:
    assert to_categorical([1.0, True], 4, dtype="uint8").tolist() == [[0, 1, 0, 0]] * 2
    assert to_categorical([], 3).shape == (0, 3)


@pytest.mark.parametrize(
    ("y", "classes", "facts"),
    [
        ([0, 3], 3, ["3", "(1,)", "num_classes=3"]),
        ([[0, 1], [-1, 0]], None, ["-1", "(1, 0)"]),
        ([0, 1.5], None, ["1.5"]),
        ([np.nan], None, ["nan"]),
        (["cat"], None, ["dtype"]),
        ([], None, ["num_classes"]),
    ],
)
def test_bad_input(y: Any, classes: int | None, facts: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        to_categorical(y, classes)
    for fact in ["to_categorical", *facts]:
        assert fact in str(caught.value)
