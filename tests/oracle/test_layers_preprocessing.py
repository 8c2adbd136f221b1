"""Preprocessing of numbers, categories and text equals Keras: outputs, what is learnt, configs."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import klayers
from kcore import components

RNG = np.random.default_rng(0)
FLOATS = RNG.normal(size=(4, 3, 2)).astype("float32")
TABLE = RNG.normal(2.0, 3.0, size=(40, 3)).astype("float32")
WORDS = ["a", "b", "c"]
# with three axes Keras counts along the second one, against its documentation; ours along the last
TEXT: list[Any] = [["a", "z"], [["a"], ["b"]], [["a", "b", "b"], ["q", "b", "c"]]]
NUMBERS: list[Any] = [[1, 2], [[1], [2]], [[1, 2, 2], [0, 0, 3]]]
MODES = ("int", "one_hot", "multi_hot", "count")


def both(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    return getattr(klayers, name)(*args, **options), getattr(keras.layers, name)(*args, **options)


def array(value: Any) -> Any:
    return np.asarray(value.numpy() if hasattr(value, "numpy") else value)


def same(ours: Any, theirs: Any, inputs: Any, **call: Any) -> None:
    """Equal outputs; the declared shape is that of the output."""
    found, expected = array(ours(inputs, **call)), array(theirs(inputs, **call))
    assert found.shape == expected.shape
    if expected.dtype == object:
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    declared = ours.compute_output_shape(np.shape(inputs))
    assert all(a in (None, b) for a, b in zip(declared, found.shape, strict=True))


def test_rescaling() -> None:
    for scale, offset in ((0.5, 1.0), ([1.0, 2.0], [0.0, -1.0])):
        same(*both("Rescaling", scale, offset), FLOATS)
    same(*both("Rescaling", 1 / 255.0), np.arange(8, dtype="uint8"))


@pytest.mark.parametrize("axis", [-1, None, 1, (1, 2), (2, 1)])
@pytest.mark.parametrize("invert", [False, True])
def test_normalization(axis: Any, invert: bool) -> None:
    ours, theirs = both("Normalization", axis, invert=invert)
    ours.adapt(FLOATS)
    theirs.adapt(FLOATS)
    same(ours, theirs, FLOATS)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        assert a.dtype == b.dtype


def test_normalization_learns_from_batches_as_from_the_whole() -> None:
    theirs = keras.layers.Normalization()
    theirs.adapt(TABLE)
    dataset = tf.data.Dataset.from_tensor_slices(TABLE).batch(7)
    sources = (TABLE, TABLE.tolist(), dataset, (TABLE[i : i + 9] for i in range(0, 40, 9)))
    for source in sources:
        ours = klayers.Normalization()
        ours.adapt(source)
        same(ours, theirs, TABLE)


def test_normalization_with_statistics_given() -> None:
    same(*both("Normalization", mean=1.0, variance=4.0), FLOATS)
    same(*both("Normalization", mean=[1.0, 2.0], variance=[4.0, 0.0]), FLOATS)
    assert klayers.Normalization(mean=1.0, variance=4.0)(FLOATS) is not None


@pytest.mark.parametrize("mode", MODES)
def test_discretization(mode: str) -> None:
    for inputs in NUMBERS:
        values = np.array(inputs, "float32") - 0.5
        same(*both("Discretization", [0.5, 1.0, 1.5], output_mode=mode), values)


@pytest.mark.parametrize("bins", [2, 3, 4, 5])
def test_discretization_learns(bins: int) -> None:
    for data in (np.arange(10.0), np.array([1.0, 5, 2, 2, 2, 9, 9, 30]), TABLE.ravel()):
        ours, theirs = both("Discretization", num_bins=bins, epsilon=0.005)
        ours.adapt(data)
        theirs.adapt(data)
        # Keras computes its quantiles in float32
        np.testing.assert_allclose(ours.bin_boundaries, theirs.bin_boundaries, rtol=1e-4, atol=1e-4)
        assert ours.get_weights() == theirs.get_weights() == []


def test_discretization_learns_from_batches_within_epsilon() -> None:
    data = RNG.normal(size=5000)
    layer = klayers.Discretization(num_bins=4)
    layer.adapt(data, batch_size=100)
    ranks = np.searchsorted(np.sort(data), layer.bin_boundaries) / len(data)
    np.testing.assert_allclose(ranks, [0.25, 0.5, 0.75], atol=0.01)


@pytest.mark.parametrize("mode", MODES[1:])
def test_category_encoding(mode: str) -> None:
    for inputs in [2, *NUMBERS]:
        same(*both("CategoryEncoding", 4, output_mode=mode), np.array(inputs))


def test_category_encoding_with_weights() -> None:
    layers = both("CategoryEncoding", 4, output_mode="count")
    same(*layers, np.array([[1, 2, 2]]), count_weights=np.array([[0.5, 1.0, 2.0]], "float32"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("salt", [None, 133, [133, 137]])
def test_hashing(mode: str, salt: Any) -> None:
    for inputs in TEXT:
        layers = both("Hashing", 11, salt=salt, output_mode=mode)
        same(*layers, np.array(inputs))
    same(*both("Hashing", 50, salt=salt), np.array([1, 2, -3, 1000]))
    same(*both("Hashing", 50, 2, salt), np.array([1, 2, -3, 1000]))
    same(*both("Hashing", 50, "", salt), np.array(["", "é", "c"]))


def test_hashed_crossing() -> None:
    rows = (np.array(["a", "b"]), np.array([1, 2]))
    columns = (np.array([["a"], ["b"]]), np.array([[1], [2]]), np.array([["x"], ["y"]]))
    for inputs in (rows, columns):
        for mode in ("int", "one_hot"):
            ours, theirs = both("HashedCrossing", 1000, output_mode=mode)
            np.testing.assert_array_equal(array(ours(inputs)), array(theirs(inputs)))


OPTIONS: list[dict[str, Any]] = [
    {},
    {"num_oov_indices": 3},
    {"num_oov_indices": 3, "salt": 5},
    {"mask_token": ""},
    {"max_tokens": 9, "pad_to_max_tokens": True},
    {"mask_token": "", "num_oov_indices": 2, "max_tokens": 9},
]


@pytest.mark.parametrize("mode", [*MODES, "tf_idf"])
@pytest.mark.parametrize("options", OPTIONS)
def test_string_lookup(mode: str, options: dict[str, Any]) -> None:
    idf = {"idf_weights": [1.0, 2.0, 0.5]} if mode == "tf_idf" else {}
    ours, theirs = both("StringLookup", vocabulary=WORDS, output_mode=mode, **idf, **options)
    for inputs in ["a", *TEXT, [["", "a", "b"]]]:
        if mode == "one_hot" and "mask_token" in options and inputs == [["", "a", "b"]]:
            continue  # Keras gives the mask a column of its own here and none in the vocabulary
        same(ours, theirs, np.array(inputs))
    assert ours.get_vocabulary() == theirs.get_vocabulary()
    assert ours.get_vocabulary(False) == theirs.get_vocabulary(False)
    assert ours.vocabulary_size() == theirs.vocabulary_size()


@pytest.mark.parametrize(
    "options", [{}, {"mask_token": ""}, {"num_oov_indices": 2}, {"num_oov_indices": 0}]
)
def test_string_lookup_inverted(options: dict[str, Any]) -> None:
    layers = both("StringLookup", vocabulary=WORDS, invert=True, **options)
    same(*layers, np.array([[0, 1, 2, 3, 4, 5, -1]]))


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_string_lookup_learns(mode: str) -> None:
    data = np.array([["a", "b", "b"], ["a", "c", "c"], ["", "[UNK]", "d"]])
    for options in ({}, {"mask_token": ""}, {"max_tokens": 4}, {"num_oov_indices": 2}):
        ours, theirs = both("StringLookup", output_mode=mode, **options)
        ours.adapt(data)
        theirs.adapt(data)
        assert ours.get_vocabulary() == theirs.get_vocabulary()
        same(ours, theirs, data)
        assert ours.get_weights() == theirs.get_weights() == []


def test_a_vocabulary_with_special_tokens_in_front() -> None:
    words = ["", "[UNK]", *WORDS]
    ours, theirs = both("StringLookup", vocabulary=words, mask_token="")
    assert ours.get_vocabulary() == theirs.get_vocabulary() == words


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_oov_indices": 3},
        {"num_oov_indices": 5, "oov_method": "farmhash"},
        {"num_oov_indices": 5, "oov_method": "farmhash", "salt": 3},
        {"mask_token": 0},
        {"invert": True},
        {"output_mode": "count"},
    ],
)
def test_integer_lookup(options: dict[str, Any]) -> None:
    ours, theirs = both("IntegerLookup", vocabulary=[10, 2], **options)
    same(ours, theirs, np.array([[10, 1, 2, 0, 3, 4, -5]]))


def test_integer_lookup_learns() -> None:
    data = np.array([[3, 20, 100], [5, 5, 0], [0, -1, 7]])
    for options in ({}, {"mask_token": 0}, {"max_tokens": 4}):
        ours, theirs = both("IntegerLookup", **options)
        ours.adapt(data)
        theirs.adapt(data)
        assert ours.get_vocabulary() == theirs.get_vocabulary()
        same(ours, theirs, data)


TEXTS: list[dict[str, Any]] = [
    {},
    {"output_sequence_length": 4},
    {"output_sequence_length": 1},
    {"standardize": "lower"},
    {"standardize": "strip_punctuation"},
    {"standardize": None, "split": None},
    {"split": "character"},
    {"ngrams": 2},
    {"ngrams": (1, 3), "split": "character"},
    {"output_mode": "count"},
    {"output_mode": "multi_hot", "max_tokens": 9, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf", "idf_weights": [1.0, 2.0, 0.5, 3.0]},
    {"split": None, "output_mode": "count"},
]


@pytest.mark.parametrize("options", TEXTS)
def test_text_vectorization(options: dict[str, Any]) -> None:
    ours, theirs = both("TextVectorization", vocabulary=["a", "b", "a b", "É"], **options)
    for inputs in (["A, b.", "c"], [["a b a"], ["É!"]], ["", ""]):
        same(ours, theirs, np.array(inputs))
    assert ours.get_vocabulary() == theirs.get_vocabulary()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_tokens": 4},
        {"ngrams": 2},
        {"output_mode": "tf_idf"},
        {"output_mode": "tf_idf", "max_tokens": 9, "pad_to_max_tokens": True, "ngrams": 2},
        {"output_mode": "count", "split": "character"},
    ],
)
def test_text_vectorization_learns(options: dict[str, Any]) -> None:
    data = np.array(["the cat sat.", "The dog", "a dog, a cat, a cow"])
    ours, theirs = both("TextVectorization", **options)
    ours.adapt(tf.data.Dataset.from_tensor_slices(data).batch(2))
    theirs.adapt(data)
    assert ours.get_vocabulary() == theirs.get_vocabulary()
    same(ours, theirs, data)


def test_functions_clean_and_split() -> None:
    options = {"standardize": tf.strings.lower, "split": lambda x: tf.strings.split(x, ",")}
    same(*both("TextVectorization", vocabulary=WORDS, **options), np.array(["A,b", "c"]))


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.Rescaling(0.5),
        lambda m: m.Normalization(mean=[1.0, 2.0], variance=[1.0, 3.0]),
        lambda m: m.Discretization([0.0, 1.0], output_mode="count"),
        lambda m: m.CategoryEncoding(4, output_mode="one_hot"),
        lambda m: m.Hashing(5, salt=[1, 2]),
        lambda m: m.StringLookup(vocabulary=WORDS, mask_token="", num_oov_indices=2),
        lambda m: m.IntegerLookup(vocabulary=[4, 2], output_mode="count"),
        lambda m: m.TextVectorization(vocabulary=WORDS, ngrams=2),
    ],
)
def test_configurations_are_exchanged(make: Any) -> None:
    ours, theirs = make(klayers), make(keras.layers)
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(theirs)))
    again = components.get("layer", saved, "test")
    mine, other = ours.get_config(), again.get_config()
    assert {**mine, "name": None} == {**other, "name": None}
    type(theirs).from_config(mine)


def test_what_was_learnt_is_in_the_configuration() -> None:
    layer = klayers.TextVectorization(output_mode="tf_idf")
    layer.adapt(["a b", "b c"])
    twin = klayers.TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(array(twin(["a a c"])), array(layer(["a a c"])))
    bins = klayers.Discretization(num_bins=2)
    bins.adapt([1.0, 2.0, 3.0, 4.0])
    assert klayers.Discretization.from_config(bins.get_config()).bin_boundaries == [2.0]


def test_pairs_of_tokens_that_are_not_split() -> None:
    """Each row is a text of its own when the vocabulary is made, so that no pair crosses rows."""
    ours, theirs = both("TextVectorization", split=None, ngrams=2, output_mode="count")
    for layer in (ours, theirs):
        layer.adapt(np.array(["a", "b", "a", "c"], object))
    assert ours.get_vocabulary() == theirs.get_vocabulary()
    same(ours, theirs, np.array([["a"], ["c"]], object))
