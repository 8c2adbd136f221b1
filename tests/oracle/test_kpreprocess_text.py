"""Text and sequence functions give what tf_keras gives."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest

from kpreprocess import sequence, text

keras_text = pytest.importorskip("tf_keras.preprocessing.text")
keras_sequence = pytest.importorskip("tf_keras.preprocessing.sequence")
keras_pad = pytest.importorskip("tf_keras.utils").pad_sequences

WORDS = ["the", "The", "a,", "of.", "to!", "It's", "élan", "中文", "x\ty\nz", "\r", "\u00a0"]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    draw = random.Random(7)
    return [" ".join(draw.choices(WORDS, k=draw.randint(0, 40))) for _ in range(300)]


TOKENIZERS: list[dict[str, Any]] = [
    {},
    {"num_words": 5},
    {"oov_token": "?", "num_words": 6},
    {"oov_token": "the"},
    {"char_level": True, "lower": False},
    {"filters": "", "lower": False},
    {"split": "e"},
]


@pytest.mark.parametrize("arguments", TOKENIZERS)
def test_tokenizer(texts: list[str], arguments: dict[str, Any]) -> None:
    ours, peer = text.Tokenizer(**arguments), keras_text.Tokenizer(**arguments)
    for tokenizer in (ours, peer):
        tokenizer.fit_on_texts(texts[:100])
        tokenizer.fit_on_texts(texts[100:200])
    for name in ("word_index", "index_word", "word_counts", "word_docs", "index_docs"):
        assert dict(getattr(ours, name)) == dict(getattr(peer, name)), name
    assert list(ours.word_index) == list(peer.word_index)
    ids = ours.texts_to_sequences(texts)
    assert ids == peer.texts_to_sequences(texts)
    assert ours.sequences_to_texts(ids) == peer.sequences_to_texts(ids)
    for mode in ("binary", "count", "freq", "tfidf"):
        np.testing.assert_allclose(
            ours.texts_to_matrix(texts, mode), peer.texts_to_matrix(texts, mode), rtol=1e-14
        )


@pytest.mark.parametrize("arguments", TOKENIZERS)
def test_json(texts: list[str], arguments: dict[str, Any]) -> None:
    ours, peer = text.Tokenizer(**arguments), keras_text.Tokenizer(**arguments)
    ours.fit_on_texts(texts)
    peer.fit_on_texts(texts)
    both = [json.loads(tokenizer.to_json())["config"] for tokenizer in (ours, peer)]
    assert list(both[0]) == list(both[1])
    for config in both:  # Keras' order inside these two tables is that of a set
        config["word_docs"] = json.loads(config["word_docs"])
        config["index_docs"] = json.loads(config["index_docs"])
    assert both[0] == both[1]
    assert keras_text.tokenizer_from_json(ours.to_json()).word_index == ours.word_index
    assert text.tokenizer_from_json(peer.to_json()).texts_to_sequences(
        texts
    ) == peer.texts_to_sequences(texts)


def test_functions(texts: list[str]) -> None:
    for item in texts[:50]:
        assert text.text_to_word_sequence(item) == keras_text.text_to_word_sequence(item)
        assert text.one_hot(item, 50) == keras_text.one_hot(item, 50)
        for function in (None, "md5"):
            assert text.hashing_trick(item, 50, function) == keras_text.hashing_trick(
                item, 50, function
            )


def test_skipgrams_and_table() -> None:
    words = [3, 0, 1, 2, 3, 4, 5, 0, 1]
    arguments = {"window_size": 2, "negative_samples": 0, "seed": 11}
    for categorical in (False, True):
        assert sequence.skipgrams(words, 6, categorical=categorical, **arguments) == (
            keras_sequence.skipgrams(words, 6, categorical=categorical, **arguments)
        )
    table = sequence.make_sampling_table(1000, 1e-3)
    assert np.array_equal(table, keras_sequence.make_sampling_table(1000, 1e-3))


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
def test_pad_sequences(padding: str, truncating: str) -> None:
    draw = np.random.default_rng(3)
    for items in (
        [list(range(n)) for n in draw.integers(0, 9, 40)],
        [draw.normal(size=(n, 2, 3)) for n in draw.integers(0, 9, 40)],
    ):
        for dtype in ("int32", "float64"):
            ours, peer = (
                function(items, 5, dtype, padding, truncating, 9)
                for function in (sequence.pad_sequences, keras_pad)
            )
            assert ours.dtype == peer.dtype
            assert np.array_equal(ours, peer)


@pytest.mark.parametrize(
    "arguments",
    [
        {"length": 5},
        {"length": 5, "sampling_rate": 2, "stride": 3, "batch_size": 4},
        {"length": 3, "start_index": 7, "end_index": 30, "reverse": True, "batch_size": 7},
    ],
)
def test_timeseries_generator(arguments: dict[str, Any]) -> None:
    data, targets = np.arange(100).reshape(50, 2), np.arange(50)
    ours = sequence.TimeseriesGenerator(data, targets, **arguments)
    peer = keras_sequence.TimeseriesGenerator(data, targets, **arguments)
    assert len(ours) == len(peer)
    for index in range(len(peer)):
        for one, other in zip(ours[index], peer[index], strict=True):
            assert np.array_equal(one, other)
    assert ours.get_config() == peer.get_config()
