"""Words and tokenizers."""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from math import log
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpreprocess.text import (
    Tokenizer,
    hashing_trick,
    lookup,
    one_hot,
    register_analyzer,
    text_to_word_sequence,
    tokenizer_from_json,
)
from kpreprocess.text.lookup import CHUNK
from kpreprocess.text.words import FILTERS

TEXTS = ["The cat sat on the mat.", "The dog sat on the log!", "Dogs and cats, living together"]


@settings(deadline=None)  # the machine may be busy
@given(st.text(alphabet="aB é,.'\t\n\r\x0b\x1c\u00a0\u3000中"), st.sampled_from([" ", "ab", "\t"]))
def test_splitting_by_definition(text: str, split: str) -> None:
    replaced = "".join(split if c in FILTERS else c for c in text.lower())
    wanted = [piece for piece in replaced.split(split) if piece]
    assert text_to_word_sequence(text, split=split) == wanted


def test_splitting_choices() -> None:
    assert text_to_word_sequence("A-b C", filters="", lower=False) == ["A-b", "C"]
    assert text_to_word_sequence("ＡＢ１", normalization="NFKC") == ["ab1"]
    assert text_to_word_sequence("a b", analyzer=lambda text: text.split("a")) == ["", " b"]


def test_text_without_spaces() -> None:
    split = text_to_word_sequence("我爱GPU，你呢？ Yes, 日本語です。", analyzer="characters")
    assert split == ["我", "爱", "gpu", "你", "呢", "yes", "日", "本", "語", "で", "す"]
    register_analyzer("pairs", _pairs)
    assert text_to_word_sequence("abcd ef", analyzer="pairs") == ["ab", "cd", "ef"]
    with pytest.raises(ValueError, match="pairs"):
        register_analyzer("pairs", str.split)
    with pytest.raises(ValueError, match=r"no_such.*characters"):
        text_to_word_sequence("a", analyzer="no_such")


def test_jieba_cuts_chinese_into_words() -> None:
    pytest.importorskip("jieba", reason="the segmenter is the package jieba")
    text = "我来到北京清华大学，学习自然语言处理。"
    words = text_to_word_sequence(text, analyzer="jieba")
    assert {"北京", "清华大学", "学习", "自然语言"} <= set(words)
    assert "".join(words) == "我来到北京清华大学学习自然语言处理"
    tokenizer = Tokenizer(analyzer="jieba", normalization="NFKC")
    tokenizer.fit_on_texts([text, "清华大学在北京，ＧＰＵ很快"])
    assert tokenizer.word_docs["清华大学"] == 2
    assert "gpu" in tokenizer.word_index
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.texts_to_sequences([text]) == tokenizer.texts_to_sequences([text])


def test_the_segmenter_by_name_is_the_package_of_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(cut=lambda text: iter([text[:2], text[2:]]))
    monkeypatch.setitem(sys.modules, "jieba", stand_in)
    assert text_to_word_sequence("北京很大,好", analyzer="jieba") == ["北京", "很大", "好"]
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(ModuleNotFoundError, match=r"kpreprocess\[jieba\].*'characters'"):
        text_to_word_sequence("北京", analyzer="jieba")


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(0, len(text), 2)]


def test_hashing() -> None:
    ids = hashing_trick("a b a c", 10, "md5")
    digests = [int(hashlib.md5(word.encode()).hexdigest(), 16) for word in "abac"]
    assert ids == one_hot("a b a c", 10, hash_function="md5") == [d % 9 + 1 for d in digests]
    assert hashing_trick("a b", 100) == [hash("a") % 99 + 1, hash("b") % 99 + 1]
    assert hashing_trick("aa b", 10, len) == [3, 2]
    assert set(hashing_trick(" ".join(map(str, range(1000))), 7, "md5")) == set(range(1, 7))
    for wrong in ({"n": 1}, {"hash_function": "sha0"}):
        with pytest.raises(ValueError, match="hashing_trick"):
            hashing_trick(**{"text": "a", "n": 5, **wrong})


def test_vocabulary_by_definition() -> None:
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TEXTS[:2])
    tokenizer.fit_on_texts(iter(TEXTS[2:]))
    words = [text_to_word_sequence(text) for text in TEXTS]
    counts = Counter(word for text in words for word in text)
    assert tokenizer.word_counts == counts
    assert list(tokenizer.word_counts) == list(counts)
    assert tokenizer.word_docs == Counter(word for text in words for word in set(text))
    ranked = sorted(counts, key=counts.__getitem__, reverse=True)
    assert tokenizer.word_index == {word: i + 1 for i, word in enumerate(ranked)}
    assert tokenizer.index_word == {i: word for word, i in tokenizer.word_index.items()}
    assert tokenizer.index_docs[tokenizer.word_index["sat"]] == 2
    assert tokenizer.document_count == 3
    assert tokenizer.texts_to_sequences(TEXTS) == [
        [tokenizer.word_index[word] for word in text] for text in words
    ]


def test_counting_many_texts_of_many_words() -> None:
    draw = random.Random(1)
    texts = [[str(draw.randint(0, 5000)) for _ in range(draw.randint(0, 60))] for _ in range(2000)]
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts[:700])
    tokenizer.fit_on_texts(texts[700:])
    assert tokenizer.word_counts == Counter(word for text in texts for word in text)
    assert tokenizer.word_docs == Counter(word for text in texts for word in set(text))


@pytest.mark.parametrize("oov", [None, "<oov>"])
@pytest.mark.parametrize("num_words", [None, 1, 4, 100])
def test_limits_and_unknown_words(oov: str | None, num_words: int | None) -> None:
    tokenizer = Tokenizer(num_words=num_words, oov_token=oov)
    tokenizer.fit_on_texts(["a a a a b b b c c d"])
    shift = 0 if oov is None else 1
    assert tokenizer.word_index["a"] == 1 + shift
    limit = num_words or 1000
    wanted = []
    for word in ["d", "a", "new", "b"]:
        number = tokenizer.word_index.get(word, 1000)
        if number < limit:
            wanted.append(number)
        elif oov is not None:
            wanted.append(1)
    assert tokenizer.texts_to_sequences(["d a new b"]) == [wanted]
    back = tokenizer.sequences_to_texts([wanted])[0].split()
    assert back == [tokenizer.index_word[i] for i in wanted]


def test_sequences_to_texts_unknown_numbers() -> None:
    tokenizer = Tokenizer(oov_token="?")
    tokenizer.fit_on_texts(["one two"])
    assert tokenizer.sequences_to_texts([[2, 99, 3], []]) == ["one ? two", ""]


def test_characters_and_lists() -> None:
    tokenizer = Tokenizer(char_level=True)
    tokenizer.fit_on_texts(["Ab!", ["A", "x"]])
    assert tokenizer.word_index == {"a": 1, "b": 2, "!": 3, "x": 4}
    words = Tokenizer(lower=False)
    words.fit_on_texts([["New York", "is"], ("New York",)])
    assert words.word_counts == {"New York": 2, "is": 1}


def test_matrix_by_definition() -> None:
    tokenizer = Tokenizer(num_words=6)
    tokenizer.fit_on_texts(TEXTS)
    rows = [[1, 1, 3], [], [5, 2, 7]]
    got = {
        mode: tokenizer.sequences_to_matrix(rows, mode)
        for mode in ("binary", "count", "freq", "tfidf")
    }
    for i, row in enumerate(rows):
        for j in range(6):
            count = row.count(j)
            idf = log(1 + 3 / (1 + tokenizer.index_docs.get(j, 0)))
            assert got["binary"][i, j] == (count > 0)
            assert got["count"][i, j] == count
            assert got["freq"][i, j] == (count / len(row) if row else 0)
            wanted = (1 + log(count)) * idf if count else 0
            assert got["tfidf"][i, j] == pytest.approx(wanted, rel=1e-14)
    assert got["tfidf"].dtype == np.float64
    assert np.array_equal(
        tokenizer.texts_to_matrix(TEXTS),
        tokenizer.sequences_to_matrix(tokenizer.texts_to_sequences(TEXTS)),
    )
    assert Tokenizer(num_words=3).sequences_to_matrix([[1]]).tolist() == [[0, 1, 0]]


def test_fit_on_sequences() -> None:
    tokenizer = Tokenizer(num_words=5)
    tokenizer.fit_on_sequences([[1, 2, 2], [2, 3]])
    assert tokenizer.document_count == 2
    assert tokenizer.index_docs == {1: 1, 2: 2, 3: 1}


def test_json_and_back() -> None:
    tokenizer = Tokenizer(50, oov_token="?", analyzer="characters", normalization="NFC")
    tokenizer.fit_on_texts(["我爱你", "你好"])
    text = tokenizer.to_json(ensure_ascii=False)
    again = tokenizer_from_json(text)
    assert again.to_json(ensure_ascii=False) == text
    assert again.texts_to_sequences(["你爱她"]) == tokenizer.texts_to_sequences(["你爱她"])
    assert again.index_docs == tokenizer.index_docs
    assert again.word_counts == tokenizer.word_counts
    config = json.loads(text)["config"]
    assert config["analyzer"] == "characters"
    assert config["normalization"] == "NFC"
    assert "analyzer" not in Tokenizer().get_config()
    with pytest.raises(ValueError, match="register_analyzer"):
        Tokenizer(analyzer=lambda text: [text]).to_json()
    for wrong in ("", "[]", "{}", '{"config": 3}', '{"config": {"word_counts": "x"}}'):
        with pytest.raises(ValueError, match="tokenizer_from_json"):
            tokenizer_from_json(wrong)


def test_a_stream_is_fitted_in_constant_memory() -> None:
    def texts(number: int) -> Iterator[str]:
        draw = random.Random(0)
        vocabulary = [f"word{i}" for i in range(500)]
        return (" ".join(draw.choices(vocabulary, k=100)) for _ in range(number))

    peaks = []
    for number in (500, 4000):
        tracemalloc.start()
        Tokenizer().fit_on_texts(texts(number))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        ("one text", ["single str", "list"]),
        (["fine", float("nan")], ["item 1", "nan", "float"]),
        (["fine", b"bytes"], ["item 1", "bytes"]),
        ([["a", 3]], ["item 0"]),
        ([None], ["item 0", "NoneType"]),
    ],
)
@pytest.mark.parametrize("method", ["fit_on_texts", "texts_to_sequences"])
def test_texts_that_are_no_texts(texts: Any, facts: list[str], method: str) -> None:
    tokenizer = Tokenizer()
    with pytest.raises(TypeError) as caught:
        getattr(tokenizer, method)(texts)
    for fact in [method, *facts]:
        assert fact in str(caught.value)
    assert tokenizer.document_count == 0
    assert not tokenizer.word_counts


def test_wrong_arguments() -> None:
    for arguments, fact in (
        ({"num_words": 0}, "num_words"),
        ({"num_words": -1}, "-1"),
        ({"split": ""}, "split"),
        ({"normalization": "NFX"}, "NFX"),
        ({"analyzer": "no_such"}, "no_such"),
    ):
        with pytest.raises(ValueError, match=fact):
            Tokenizer(**arguments)  # type: ignore[arg-type]
    tokenizer = Tokenizer()
    with pytest.raises(ValueError, match="num_words"):
        tokenizer.sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="mode"):
        Tokenizer(3).sequences_to_matrix([[1]], "sum")
    with pytest.raises(ValueError, match="tfidf"):
        Tokenizer(3).sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ValueError, match="-1"):
        Tokenizer(3).sequences_to_matrix([[1, -1]])
    with pytest.raises(TypeError, match="text must be a string"):
        text_to_word_sequence(3)  # type: ignore[arg-type]


# words of every way to be split: at once, one by one for their marks, given as a list; of lengths
# around those of the tables
WORDS_OF_ALL_KINDS = st.sampled_from(
    [
        *("a", "B", "c,d", "é", "\0", "\0\0", "e\x1ff", "'", "\ud800", "\t", "汉字" * 3),
        *("ab" * 4, "ab" * 4 + "c", "ab" * 8, "ab" * 8 + "c", "ab" * 8 + "d"),
    ]
)
ONE_TEXT = st.lists(WORDS_OF_ALL_KINDS)
TEXTS_OF_ALL_KINDS = st.one_of(
    st.lists(st.one_of(ONE_TEXT, ONE_TEXT.map(" ".join)), max_size=40),
    st.lists(ONE_TEXT.map(" ".join), min_size=CHUNK, max_size=3 * CHUNK),
)


@given(
    TEXTS_OF_ALL_KINDS,
    st.sampled_from([None, "?"]),
    st.sampled_from([None, 3]),
    st.sampled_from([" ", "b", "é", ", "]),
    st.sampled_from([1, 18]),
)
def test_many_texts_give_what_each_gives(
    texts: list[Any], oov_token: str | None, num_words: int | None, split: str, bits: int
) -> None:
    tokenizer = Tokenizer(num_words, oov_token=oov_token, split=split)
    words = [
        [word.lower() for word in text]
        if isinstance(text, list)
        else text_to_word_sequence(text, split=split)
        for text in texts
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "_BITS", bits)  # of two slots most words find theirs taken
        tokenizer.fit_on_texts(texts)
        sequences = tokenizer.texts_to_sequences(texts)
    assert list(tokenizer.word_counts.items()) == list(Counter(chain(*words)).items())
    assert tokenizer.word_docs == Counter(chain(*map(set, words)))
    assert tokenizer.document_count == len(texts)
    assert sequences == list(tokenizer.texts_to_sequences_generator(texts))


def test_numbers_that_a_user_changed() -> None:
    texts = ["to be or not to be"] * CHUNK
    tokenizer = Tokenizer(oov_token="?")
    tokenizer.fit_on_texts(texts)
    tokenizer.word_index |= {"to": 1 << 40, "be": -7}
    del tokenizer.word_index["not"]
    assert tokenizer.texts_to_sequences(texts) == [[1 << 40, -7, 4, 1, 1 << 40, -7]] * CHUNK


def test_a_wrong_item_is_named_by_its_place_in_all_texts() -> None:
    texts: list[Any] = ["a b"] * 40
    texts[37] = 5
    tokenizer = Tokenizer()
    with pytest.raises(TypeError, match=r"item 37 is 5"):
        tokenizer.fit_on_texts(texts)
    assert tokenizer.document_count == 0
