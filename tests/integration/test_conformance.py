"""Our data sets and preprocessing functions pass the kit; planted faults are found."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kdatasets.digits
from kcore.errors import ConfigurationError
from kcore.testing import (
    Check,
    ConformanceError,
    NotApplicableError,
    check_dataset,
    check_preprocessor,
    conformance,
)
from kdatasets import ArrayCard, Card
from kpreprocess import sequence, text
from kpreprocess.image import apply_brightness_shift, smart_resize

WORDS = ["The cat sat on the mat.", "A dog, a cat."]
PICTURE = np.random.default_rng(0).uniform(0, 255, (6, 5, 3)).astype("float32")


@conformance(check_dataset(kdatasets.digits))
def test_digits(check: Check) -> None:
    assert check.says


@pytest.mark.parametrize(
    "checks",
    [
        check_preprocessor(sequence.pad_sequences, [[1, 2], [3]], options={"maxlen": 3}),
        check_preprocessor(sequence.skipgrams, [1, 2, 3], 5, options={"seed": 1}),
        check_preprocessor(sequence.make_sampling_table, 10),
        check_preprocessor(sequence.sliding_windows, np.arange(9), 3),
        check_preprocessor(text.text_to_word_sequence, WORDS[0]),
        check_preprocessor(text.hashing_trick, WORDS[0], 50, options={"hash_function": "md5"}),
        check_preprocessor(smart_resize, PICTURE, (4, 4)),
        check_preprocessor(apply_brightness_shift, PICTURE, 0.7),
    ],
    ids="pad_sequences skipgrams make_sampling_table sliding_windows words hashing resize "
    "brightness".split(),
)
def test_our_preprocessing(checks: Iterator[Check]) -> None:
    failures = []
    for check in checks:
        try:
            check()
        except NotApplicableError:
            continue
        except Exception as error:
            failures.append(f"{check.name}: {type(error).__name__}: {error}")
    assert failures == []


def flowers(**changes: Any) -> Any:
    """A data set of 6 and 2 examples without a fault, but for the changes."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.normal(size=(6, 2)).astype("float32"),
        "y_train": np.array([0, 1, 0, 1, 0, 1], "uint8"),
        "x_test": rng.normal(size=(2, 2)).astype("float32"),
        "y_test": np.array([0, 1], "uint8"),
    } | changes

    def load_data() -> Any:
        """Loads the flowers."""
        copies = {key: np.array(value) for key, value in arrays.items()}
        return (copies["x_train"], copies["y_train"]), (copies["x_test"], copies["y_test"])

    facts: dict[str, Any] = {"licence": "CC0", "source": "here", "citation": "us", "summary": "two"}
    card = Card(
        name="flowers",
        train=6,
        test=2,
        x=ArrayCard("(n, feature=2)", "float32", "any"),
        y=ArrayCard("(n,)", "uint8", "0 to 1"),
        classes=("rose", "tulip"),
        **facts,
    )
    return SimpleNamespace(load_data=load_data, CARD=card)


def _global_numbers() -> Any:
    def load_data() -> Any:
        x = np.random.random((4, 2))
        return (x, x), (x, x)

    return SimpleNamespace(load_data=load_data)


def _shared() -> Any:
    (x, y), test = flowers().load_data()
    return SimpleNamespace(load_data=lambda: ((x, y), test))


DATASETS: list[tuple[Any, str]] = [
    (SimpleNamespace(load_data=lambda: [1, 2, 3]), "two_pairs_of_arrays"),
    (flowers(y_train=np.zeros(5, "uint8")), "inputs_and_targets_belong_together"),
    (flowers(x_test=np.zeros((2, 3), "float32")), "parts_are_alike"),
    (flowers(x_train=np.full((6, 2), np.nan, "float32")), "numbers_are_finite"),
    (_global_numbers(), "loading_repeats"),
    (_global_numbers(), "numpys_generator_stays"),
    (_shared(), "loaded_arrays_are_the_callers"),
    (flowers(y_test=np.array([1, 2], "uint8")), "class_numbers_begin_at_zero"),
    (flowers(x_test=np.zeros((3, 2), "float32")), "card_has_the_counts"),
    (flowers(x_train=np.zeros((6, 2), "float64")), "card_has_the_dtypes_and_shapes"),
    (flowers(x_train=np.zeros((6, 4), "float32")), "card_has_the_dtypes_and_shapes"),
    (_shared(), "licence_and_source_are_told"),
    (_shared(), "loader_is_explained"),
]


@pytest.mark.parametrize(("dataset", "name"), DATASETS, ids=[name for _, name in DATASETS])
def test_a_planted_fault_of_a_data_set(dataset: Any, name: str) -> None:
    check = next(check for check in check_dataset(dataset) if check.name == name)
    with pytest.raises(ConformanceError):
        check()


@pytest.mark.parametrize("check", list(check_dataset(flowers())), ids=lambda check: check.name)
def test_a_good_data_set_passes(check: Check) -> None:
    check()


def test_what_cannot_be_loaded_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="load_data"):
        next(check_dataset(np))()
    with pytest.raises(ConfigurationError, match="sorted"):
        next(check_preprocessor(sorted))()


def _drawn(values: Any) -> Any:
    """Adds noise to `values`."""
    return values + np.random.random()


def _in_place(values: Any) -> Any:
    """Sorts `values`."""
    values.sort()
    return values


def _logarithm(values: Any) -> Any:
    """The logarithm of `values`."""
    with np.errstate(all="ignore"):
        return np.log(values - values)


def _anything(values: Any) -> Any:
    """How long the text of `values` is."""
    return len(str(values))


def _crashes(values: Any) -> Any:
    """The first of `values`."""
    return values.first


def _silent(values: Any, shift: int = 0) -> Any:
    return values + shift


FUNCTIONS: list[tuple[Any, str]] = [
    (_drawn, "calls_repeat"),
    (_drawn, "numpys_generator_stays"),
    (_in_place, "arguments_stay"),
    (lambda values: iter(values), "result_is_data"),
    (_logarithm, "result_is_finite"),
    (lambda values: values, "worker_processes_can_have_it"),
    (_anything, "wrong_data_is_refused"),
    (_crashes, "wrong_data_is_refused"),
    (_silent, "arguments_are_explained"),
]


@pytest.mark.parametrize(("function", "name"), FUNCTIONS, ids=[name for _, name in FUNCTIONS])
def test_a_planted_fault_of_a_function(function: Any, name: str) -> None:
    checks = check_preprocessor(function, np.array([3.0, 1.0]))
    check = next(check for check in checks if check.name == name)
    with pytest.raises(ConformanceError):
        check()
