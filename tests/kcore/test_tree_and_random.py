"""Nested structures under the names of Keras, and the distributions of kcore.random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kcore import random, tree
from kcore.errors import ConfigurationError

NESTED = {"b": [1, (2, None)], "a": 3}


def test_structures_are_taken_apart_and_put_together() -> None:
    assert tree.flatten(NESTED) == [3, 1, 2, None]
    assert tree.pack_sequence_as(NESTED, [5, 6, 7, 8]) == {"b": [6, (7, 8)], "a": 5}
    assert list(tree.pack_sequence_as(NESTED, [5, 6, 7, 8])) == ["b", "a"]
    assert tree.flatten_with_path(NESTED)[1] == (("b", 0), 1)
    assert tree.lists_to_tuples(NESTED) == {"b": (1, (2, None)), "a": 3}
    assert [tree.is_nested(v) for v in ({}, [], (1,), "a", np.ones(2))] == [True] * 3 + [False] * 2


def test_functions_over_structures() -> None:
    doubled = tree.map_structure(lambda x: 2 * x, NESTED, none_is_leaf=False)
    assert doubled == {"b": [2, (4, None)], "a": 6}
    assert tree.map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)]) == [11, (22,)]
    seen: list[Any] = []
    tree.traverse(lambda part: seen.append(part), NESTED)
    assert seen == [NESTED, 3, [1, (2, None)], 1, (2, None), 2, None]
    below: list[Any] = []
    tree.traverse(lambda part: below.append(part), NESTED, top_down=False)
    assert below == [3, 1, 2, None, (2, None), [1, (2, None)], NESTED]
    gone = tree.traverse(lambda x: tree.MAP_TO_NONE if isinstance(x, list) else None, NESTED)
    assert gone == {"b": None, "a": 3}
    shapes = {"x": (None, 3), "y": [(4,), [5, 6]]}
    assert tree.map_shape_structure(lambda s: s[:1], shapes) == {"x": (None,), "y": [(4,), (5,)]}


@pytest.mark.parametrize(
    ("a", "b", "facts"),
    [
        ([1], [2, 3], "at the top: 1 and 2 items"),
        ([1], (1,), "list and tuple"),
        ({"a": [1]}, {"a": 1}, r"\['a'\]: list and int"),
        ({"a": 1}, {"b": 1}, r"\['a'\] and \['b'\]"),
    ],
)
def test_structures_that_differ(a: Any, b: Any, facts: str) -> None:
    with pytest.raises(ConfigurationError, match=facts):
        tree.assert_same_structure(a, b)
    with pytest.raises(ConfigurationError, match=facts):
        tree.map_structure(max, a, b)


def test_a_sequence_of_the_wrong_length() -> None:
    with pytest.raises(ConfigurationError, match="4 leaves; flat_sequence has 2"):
        tree.pack_sequence_as(NESTED, [1, 2])


DRAWS: dict[str, tuple[Callable[..., Any], float, float]] = {
    "gamma": (lambda **k: random.gamma((20000,), 3.0, **k), 3.0, 3.0),
    "beta": (lambda **k: random.beta((20000,), 2.0, 6.0, **k), 0.25, 0.75 * 0.25 / 9),
    "binomial": (lambda **k: random.binomial((20000,), 10.0, 0.3, **k), 3.0, 2.1),
    "categorical": (
        lambda **k: random.categorical(np.log([[0.2, 0.8]]).astype("float32"), 20000, **k),
        0.8,
        0.16,
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_moments_and_seeds(name: str) -> None:
    draw, mean, variance = DRAWS[name]
    values = np.asarray(draw(seed=3))
    assert values.mean() == pytest.approx(mean, rel=0.03)
    assert values.var() == pytest.approx(variance, rel=0.06)
    assert np.array_equal(values, draw(seed=3))
    assert not np.array_equal(values, draw(seed=4))
    stream = random.SeedGenerator(5)
    assert not np.array_equal(draw(seed=stream), draw(seed=stream))


def test_a_shuffle_moves_whole_slices() -> None:
    x = np.arange(40).reshape(2, 20)
    moved = np.asarray(random.shuffle(x, axis=1, seed=2))
    assert not np.array_equal(moved, x)
    assert np.array_equal(np.sort(moved, 1), x)
    assert np.array_equal(moved[1] - moved[0], np.full(20, 20))
