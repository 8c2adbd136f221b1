"""Padding, skip-grams, sampling table."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpreprocess.sequence import make_sampling_table, pad_sequences, skipgrams

SIDES = ("pre", "post")


def padded_by_hand(items: list[list[int]], maxlen: int, padding: str, truncating: str) -> Any:
    """One row at a time, as plain as can be."""
    rows = []
    for item in items:
        kept = item[-maxlen:] if truncating == "pre" else item[:maxlen]
        fill = [7] * (maxlen - len(kept))
        rows.append(fill + kept if padding == "pre" else kept + fill)
    return np.array(rows, dtype="int32").reshape(len(items), maxlen)


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.lists(st.integers(-1000, 1000), max_size=9), max_size=8),
    st.integers(1, 12),
    st.sampled_from(SIDES),
    st.sampled_from(SIDES),
)
def test_pad_sequences_like_by_hand(
    items: list[list[int]], maxlen: int, padding: str, truncating: str
) -> None:
    wanted = padded_by_hand(items, maxlen, padding, truncating)
    for form in (items, [tuple(item) for item in items], [np.array(item) for item in items]):
        got = pad_sequences(form, maxlen, padding=padding, truncating=truncating, value=7)
        assert got.dtype == np.int32
        assert np.array_equal(got, wanted)


def test_defaults() -> None:
    assert pad_sequences([[1, 2, 3], [4]]).tolist() == [[1, 2, 3], [0, 0, 4]]
    assert pad_sequences([[1, 2, 3], [4]], 2).tolist() == [[2, 3], [0, 4]]
    assert pad_sequences([[1.7, -1.7]]).tolist() == [[1, -1]]
    assert pad_sequences(np.array([[1, 2], [3, 4]])).tolist() == [[1, 2], [3, 4]]
    assert pad_sequences(iter([[1], [2, 3]])).tolist() == [[0, 1], [2, 3]]
    assert pad_sequences([[], []]).shape == (2, 0)
    assert pad_sequences([], maxlen=3).shape == (0, 3)
    object_items = np.empty(2, dtype=object)
    object_items[:] = [[1], [2, 3]]
    assert pad_sequences(object_items).tolist() == [[0, 1], [2, 3]]


def test_items_of_any_shape() -> None:
    items = [[[1, 2]], [], [[3, 4], [5, 6], [7, 8]]]
    got = pad_sequences(items, maxlen=2, dtype="float32", padding="post", value=-1)
    assert got.shape == (3, 2, 2)
    assert got.dtype == np.float32
    assert got.tolist() == [[[1, 2], [-1, -1]], [[-1, -1], [-1, -1]], [[5, 6], [7, 8]]]
    single = pad_sequences([[np.array([1])], [np.array([2]), np.array([3])]])
    assert single.shape == (2, 2, 1)


def test_words() -> None:
    items = [["a", "longer"], ["b"]]
    assert pad_sequences(items, dtype=object, value="pad").tolist() == [
        ["a", "longer"],
        ["pad", "b"],
    ]
    assert pad_sequences(items, dtype=str, value="pad").tolist() == [["a", "longer"], ["pad", "b"]]


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        ({"maxlen": 0}, ["maxlen", "0"]),
        ({"maxlen": -3}, ["maxlen", "-3"]),
        ({"padding": "left"}, ["padding", "left"]),
        ({"truncating": "left"}, ["truncating", "left"]),
        ({"sequences": 3}, ["sequences", "int"]),
        ({"sequences": "text"}, ["sequences", "str"]),
        ({"sequences": [[1], 2]}, ["item 1", "2", "int"]),
        ({"sequences": [[1], ["word"]]}, ["item 1", "word"]),
        ({"sequences": [[1], [[2, 3]]]}, ["item 1", "(2,)"]),
        ({"sequences": [[1], [2**40]]}, ["item 1", "int32"]),
        ({"value": "pad"}, ["value", "pad", "int32"]),
    ],
)
def test_bad_input(arguments: dict[str, Any], facts: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        pad_sequences(**{"sequences": [[1, 2], [3]], **arguments})
    for fact in ["pad_sequences", *facts]:
        assert fact in str(caught.value)


def test_sampling_table() -> None:
    table = make_sampling_table(100_000, sampling_factor=1e-3)
    assert table.shape == (100_000,)
    assert table[0] == table[1]
    assert (np.diff(table[1:]) >= 0).all()
    assert table[-1] == 1
    rank = 10
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    assert table[rank] == pytest.approx(np.sqrt(1e-3 * inverse), rel=1e-12)
    for size, factor in ((0, 1e-5), (3, 0.0)):
        with pytest.raises(ValueError, match="make_sampling_table"):
            make_sampling_table(size, factor)


class TestSkipgrams:
    def test_all_near_pairs_and_no_others(self) -> None:
        words = [3, 0, 1, 2, 3]
        couples, labels = skipgrams(words, 4, window_size=2, negative_samples=0, shuffle=False)
        near = [
            [words[i], words[j]]
            for i in range(5)
            for j in range(5)
            if i != j and abs(i - j) <= 2 and words[i] and words[j]
        ]
        assert couples == near
        assert labels == [1] * len(near)

    def test_random_pairs(self) -> None:
        couples, labels = skipgrams(
            range(1, 30), 30, negative_samples=2.5, categorical=True, shuffle=False, seed=1
        )
        near = labels.count([0, 1])
        assert labels.count([1, 0]) == int(near * 2.5) == len(couples) - near
        assert all(1 <= word < 30 for couple in couples[near:] for word in couple)
        assert len({couple[1] for couple in couples[near:]}) == 29

    def test_the_seed_decides_all(self) -> None:
        table = np.full(30, 0.5)
        first, second = (skipgrams(range(30), 30, sampling_table=table, seed=5) for _ in range(2))
        assert first == second
        assert skipgrams(range(30), 30, sampling_table=table, seed=6) != first
        assert skipgrams(range(30), 30) != skipgrams(range(30), 30)

    def test_the_global_generator_is_left_alone(self) -> None:
        random.seed(3)
        before = random.getstate()
        skipgrams(range(30), 30, seed=5)
        assert random.getstate() == before

    def test_order_of_a_seed(self) -> None:
        plain, _ = skipgrams(range(9), 9, negative_samples=0, shuffle=False)
        mixed, _ = skipgrams(range(9), 9, negative_samples=0, seed=42)
        random.Random(42).shuffle(plain)
        assert mixed == plain

    def test_sampling_thins_out(self) -> None:
        table = np.ones(30)
        table[5] = 0
        couples, _ = skipgrams(range(30), 30, negative_samples=0, sampling_table=table)
        assert 5 not in {couple[0] for couple in couples}
        assert 5 in {couple[1] for couple in couples}

    @pytest.mark.parametrize(
        ("arguments", "fact"),
        [
            ({"vocabulary_size": 1}, "vocabulary_size"),
            ({"window_size": -1}, "window_size"),
            ({"negative_samples": -1}, "negative_samples"),
            ({"sequence": [1, -2]}, "-2 at position 1"),
            ({"sampling_table": [1.0]}, "sampling_table has 1"),
        ],
    )
    def test_bad_input(self, arguments: dict[str, Any], fact: str) -> None:
        with pytest.raises(ValueError, match=fact):
            skipgrams(**{"sequence": [1, 2], "vocabulary_size": 3, **arguments})
