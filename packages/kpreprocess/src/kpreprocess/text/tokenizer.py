"""Tokenizer: a vocabulary ordered by frequency, and texts as its numbers."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from kpreprocess.json_text import Check, fields, integer, parse, shown

from .counting import WordCounter
from .lookup import CHUNK, WordNumbers
from .words import FILTERS, Analyzer, Splitter, analyzer_name

__all__ = ["Tokenizer", "tokenizer_from_json"]

MODES = ("binary", "count", "tfidf", "freq")

# A table of numbers is copied for a list of texts where they are several times longer, about.
_WORDS_A_TEXT = 25


class _Numbers(dict[str, int]):
    """Numbers of words, and of those that are not there."""

    unknown = 0

    def __missing__(self, word: str) -> int:
        return self.unknown


class Tokenizer:
    """Numbers words by falling frequency and turns texts into sequences or matrices of numbers.

    Number 0 is kept for padding. With an `oov_token`, that token is number 1 and stands for every
    word outside the vocabulary; without one such words vanish.

    Args:
        num_words: Only numbers below it come out, that is the num_words - 1 most frequent words;
            at least 1. The vocabulary itself is always kept whole. None (default): all.
        filters: Characters replaced by `split`. Default: ASCII punctuation without the
            apostrophe, tabs and line ends.
        lower: Whether to make texts lower case. Default True.
        split: What separates words. Default a blank.
        char_level: Whether every character is a word; `filters` is not used then. Default False.
        oov_token: Word that stands for unknown words. Default None.
        analyzer: For text without spaces: 'characters' (each Chinese, Japanese or Thai character
            a word, other words whole), 'jieba' (the package jieba), a name given to
            `register_analyzer`, or a function from a text to its words. Default None.
        normalization: Unicode form to bring texts into first: 'NFC', 'NFD', 'NFKC' or 'NFKD'.
            Default None.
        document_count: Texts seen before. Default 0.

    Attributes:
        word_counts: How often each word came, in the order of its first coming.
        word_docs: In how many texts each word came.
        word_index: Number of each word.
        index_word: Word of each number.
        index_docs: In how many texts each number came.
        document_count: How many texts were fitted.

    Raises:
        ValueError: If `num_words` is below 1, `split` is empty, or a name is unknown.

    Example:
        >>> tokenizer = Tokenizer(oov_token="?")
        >>> tokenizer.fit_on_texts(["the cat and the dog", "the end"])
        >>> tokenizer.texts_to_sequences(["the new dog"])
        [[2, 1, 5]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Analyzer | str | None = None,
        normalization: str | None = None,
        *,
        document_count: int = 0,
    ) -> None:
        if num_words is not None and num_words < 1:
            raise ValueError(
                f"Tokenizer: num_words must be at least 1, or None for all words; got {num_words}."
            )
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.normalization = normalization
        self.document_count = document_count
        self.word_counts: Counter[str] = Counter()
        self.word_docs: Counter[str] = Counter()
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.index_docs: Counter[int] = Counter()
        self._splitter()  # complain about wrong arguments now, not at the first text

    def fit_on_texts(self, texts: Iterable[str | Sequence[str]]) -> None:
        """Count the words of texts and number the vocabulary anew; counts add up over calls.

        Texts are taken one by one, so a generator or an open file (a text a line) of any size is
        fitted in the memory of the vocabulary alone.

        Args:
            texts: Strings; an item that is a list is taken as words already.

        Raises:
            TypeError: If `texts` is one string, or an item is no text.
        """
        counter = WordCounter(self.word_counts, self.word_docs)
        numbers = WordNumbers(counter.number, self._splitter().separator or b" ")
        documents = 0
        for chunk, packed in self._chunks(texts, "fit_on_texts", numbers):
            if packed is not None:
                counter.add_chunk(*numbers(packed))
            else:
                for words in self._split_all(chunk, "fit_on_texts", documents):
                    counter.add(words)
            documents += len(chunk)
        # All or nothing: a wrong item above leaves the tokenizer as it was.
        self.document_count += documents
        self.word_counts, self.word_docs = counter.counts(), counter.documents()
        first = [] if self.oov_token is None else [self.oov_token]
        ranked = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        self.word_index = {word: i for i, word in enumerate(chain(first, ranked), 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        self.index_docs = Counter({self.word_index[w]: n for w, n in self.word_docs.items()})

    def fit_on_sequences(self, sequences: Iterable[Iterable[int]]) -> None:
        """Count in how many sequences each number comes; needed for 'tfidf' without texts.

        Args:
            sequences: Sequences of word numbers.
        """
        for sequence in sequences:
            self.document_count += 1
            self.index_docs.update(iter(dict.fromkeys(sequence)))

    def texts_to_sequences(self, texts: Iterable[str | Sequence[str]]) -> list[list[int]]:
        """Texts as lists of word numbers.

        Args:
            texts: Strings; an item that is a list is taken as words already.

        Returns:
            A list of numbers for each text.

        Raises:
            TypeError: If `texts` is one string, or an item is no text.
        """
        limit, oov = self.num_words or sys.maxsize, self._oov_index()
        many = isinstance(texts, list) and len(texts) * _WORDS_A_TEXT >= len(self.word_index)
        if not many or not self._has_usual_numbers():
            return list(self.texts_to_sequences_generator(texts))
        numbers = _Numbers((w, i) for w, i in self.word_index.items() if i < limit)
        numbers.unknown = oov or 0
        shared = np.arange(len(self.word_index) + 1).astype(object)  # one number for all texts
        look_up = WordNumbers(numbers.__getitem__, self._splitter().separator or b" ")
        sequences: list[list[int]] = []
        for chunk, packed in self._chunks(texts, "texts_to_sequences", look_up):
            if packed is None:
                found = self._split_all(chunk, "texts_to_sequences", len(sequences))
                sequences += [list(map(numbers.__getitem__, words)) for words in found]
            else:
                ids, sizes = look_up(packed)
                row, ends = shared.take(ids).tolist(), np.cumsum(sizes).tolist()
                sequences += [row[i:j] for i, j in pairwise([0, *ends])]
        return [list(filter(None, ids)) for ids in sequences] if oov is None else sequences

    def _has_usual_numbers(self) -> bool:
        """Whether words have the numbers that fitting gives; the vocabulary is open to users."""
        numbers = self.word_index.values()
        return not numbers or (min(numbers) >= 0 and max(numbers) <= len(numbers))

    def texts_to_sequences_generator(
        self, texts: Iterable[str | Sequence[str]]
    ) -> Iterator[list[int]]:
        """Texts as lists of word numbers, one by one.

        Args:
            texts: Strings; an item that is a list is taken as words already.

        Yields:
            A list of numbers for each text.

        Raises:
            TypeError: If `texts` is one string, or an item is no text.
        """
        number, oov = self.word_index.get, self._oov_index()
        limit = self.num_words or sys.maxsize
        for words in self._split_all(texts, "texts_to_sequences"):
            if oov is not None:
                yield [i if i < limit else oov for i in map(number, words, repeat(limit))]
            elif self.num_words is not None:
                yield [i for i in map(number, words, repeat(limit)) if i < limit]
            else:
                yield list(filter(None, map(number, words)))

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Word numbers as texts, words joined by one blank whatever `split` is.

        Args:
            sequences: Sequences of word numbers.

        Returns:
            A text for each sequence.
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Word numbers as texts, one by one.

        Args:
            sequences: Sequences of word numbers; unknown ones become the `oov_token`, or vanish.

        Yields:
            A text for each sequence.
        """
        limit = self.num_words or sys.maxsize
        oov_index = self._oov_index()
        oov = None if oov_index is None else self.index_word[oov_index]
        for sequence in sequences:
            words = (self.index_word.get(i, oov) if i < limit else oov for i in sequence)
            yield " ".join(word for word in words if word is not None)

    def texts_to_matrix(
        self, texts: Iterable[str | Sequence[str]], mode: str = "binary"
    ) -> npt.NDArray[np.float64]:
        """Texts as rows over the vocabulary.

        Args:
            texts: Strings; an item that is a list is taken as words already.
            mode: As in `sequences_to_matrix`. Default 'binary'.

        Shapes:
            the result: (texts, num_words), or (texts, vocabulary + 1) without `num_words`.

        Returns:
            A float64 matrix; column 0 is zero.

        Raises:
            TypeError: If `texts` is one string, or an item is no text.
            ValueError: As `sequences_to_matrix`.
        """
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(
        self, sequences: Iterable[Sequence[int]], mode: str = "binary"
    ) -> npt.NDArray[np.float64]:
        """Word numbers as rows over the vocabulary.

        Args:
            sequences: Sequences of word numbers.
            mode: 'binary' (default): 1 where the word comes; 'count': how often; 'freq': that over
                the length of the sequence; 'tfidf': (1 + ln count) ln(1 + documents / (1 +
                documents with the word)).

        Shapes:
            the result: (sequences, num_words), or (sequences, vocabulary + 1) without `num_words`.

        Returns:
            A float64 matrix; column 0 is zero.

        Raises:
            ValueError: If `mode` is another word, a number is negative, the vocabulary is empty
                and `num_words` not given, or 'tfidf' is asked for before anything was fitted.
        """
        if mode not in MODES:
            raise ValueError(f"Tokenizer: mode must be one of {MODES}; got {mode!r}.")
        if not self.num_words and not self.word_index:
            raise ValueError("Tokenizer: give num_words, or call fit_on_texts first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                "Tokenizer: mode 'tfidf' needs fit_on_texts or fit_on_sequences first."
            )
        rows = list(sequences)
        width = self.num_words or len(self.word_index) + 1
        lengths = np.array([len(row) for row in rows], dtype=np.intp)
        columns = np.fromiter(chain.from_iterable(rows), dtype=np.intp, count=int(lengths.sum()))
        if columns.size and columns.min() < 0:
            raise ValueError(f"Tokenizer: word numbers must be at least 0; got {columns.min()}.")
        places = np.repeat(np.arange(len(rows)), lengths) * width + columns
        matrix = np.zeros((len(rows), width))
        cells, counts = np.unique(places[columns < width], return_counts=True)
        matrix.flat[cells] = self._weigh(mode, cells, counts, lengths, width)
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Arguments and vocabulary as plain data, in Keras' layout: dictionaries as JSON texts.

        An analyzer and a Unicode form, which Keras does not know, are there only if given.

        Returns:
            A dictionary that `json.dumps` takes.

        Raises:
            ValueError: If the analyzer is a function without a name, which no file can hold.
        """
        tables = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        config: dict[str, Any] = {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            **{name: json.dumps(getattr(self, name)) for name in tables},
        }
        if callable(self.analyzer):
            name = analyzer_name(self.analyzer)
            if name is None:
                raise ValueError(
                    f"Tokenizer: the analyzer {self.analyzer!r} is a function without a name and "
                    "cannot be saved. Name it with kpreprocess.text.register_analyzer."
                )
            config["analyzer"] = name
        elif self.analyzer is not None:
            config["analyzer"] = self.analyzer
        if self.normalization is not None:
            config["normalization"] = self.normalization
        return config

    def to_json(self, **kwargs: Any) -> str:
        """The tokenizer as JSON text, for `tokenizer_from_json` here or in Keras.

        Args:
            **kwargs: Passed to `json.dumps`.

        Returns:
            JSON in Keras' layout.

        Raises:
            ValueError: If the analyzer is a function without a name.
        """
        config = self.get_config()
        return json.dumps({"class_name": type(self).__name__, "config": config}, **kwargs)

    def _splitter(self) -> Splitter:
        return Splitter(self.filters, self.lower, self.split, self.analyzer, self.normalization)

    def _split_all(
        self, texts: Iterable[str | Sequence[str]], caller: str, start: int = 0
    ) -> Iterator[list[str]]:
        """The words of each text; the first has the number `start`, for errors."""
        _check_several(texts, caller)
        split = self._splitter()
        for index, text in enumerate(texts, start):
            if isinstance(text, str):
                yield list(split.clean(text)) if self.char_level else split(text)
            elif isinstance(text, list | tuple) and all(isinstance(word, str) for word in text):
                yield [split.clean(word) for word in text]
            else:
                raise TypeError(
                    f"Tokenizer.{caller}: texts must hold strings, or lists of strings; item "
                    f"{index} is {text!r} of type {type(text).__name__}."
                )

    def _chunks(
        self, texts: Iterable[str | Sequence[str]], caller: str, numbers: WordNumbers
    ) -> Iterator[tuple[list[Any], list[bytes] | None]]:
        """Some texts at a time, and packed ones where their words can be looked up together."""
        _check_several(texts, caller)
        split, rest = self._splitter(), iter(texts)
        while chunk := list(islice(rest, CHUNK)):
            plain = [text for text in chunk if isinstance(text, str)]
            together = len(plain) == CHUNK and not self.char_level and numbers.pays
            yield chunk, split.pack(plain) if together else None

    def _oov_index(self) -> int | None:
        return None if self.oov_token is None else self.word_index.get(self.oov_token)

    def _weigh(
        self,
        mode: str,
        cells: npt.NDArray[np.intp],
        counts: npt.NDArray[np.intp],
        lengths: npt.NDArray[np.intp],
        width: int,
    ) -> Any:
        """Values of the cells that are not zero."""
        if mode == "binary":
            return 1.0
        if mode == "count":
            return counts
        if mode == "freq":
            return counts / lengths[cells // width]
        documents = np.array([self.index_docs.get(int(i), 0) for i in cells % width])
        return (1 + np.log(counts)) * np.log(1 + self.document_count / (1 + documents))


def _check_several(texts: Any, caller: str) -> None:
    if isinstance(texts, str | bytes):
        raise TypeError(
            f"Tokenizer.{caller}: texts must be a list of strings; got one single "
            f"{type(texts).__name__}. Put it into a list."
        )


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Make the tokenizer that `to_json` described, here or in Keras.

    Args:
        json_string: The text.

    Returns:
        An equal tokenizer.

    Raises:
        ValueError: If the text is not such a description.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["one two"])
        >>> tokenizer_from_json(tokenizer.to_json()).word_index
        {'one': 1, 'two': 2}
    """
    caller = "tokenizer_from_json"
    data = fields(parse(json_string, caller), caller, _SAVED, frozenset(["config"]))
    config = fields(data["config"], f"{caller}: config", _CONFIG, frozenset(_TABLES))
    tables = {
        name: _table(parse(config.pop(name), f"{caller}: {name}"), name, f"{caller}: {name}")
        for name in _TABLES
    }
    try:
        tokenizer = Tokenizer(**config)
    except ValueError as error:
        raise ValueError(f"{caller}: config: {error}") from error
    tokenizer.word_counts = Counter(tables["word_counts"])
    tokenizer.word_docs = Counter(tables["word_docs"])
    tokenizer.word_index = tables["word_index"]
    tokenizer.index_word = tables["index_word"]
    tokenizer.index_docs = Counter(tables["index_docs"])
    return tokenizer


_TABLES = ("word_counts", "word_docs", "word_index", "index_word", "index_docs")
_JSON: Check = (lambda v: isinstance(v, str), "a JSON text")
_NAME: Check = (lambda v: v is None or isinstance(v, str), "a text or null")
_FLAG: Check = (lambda v: isinstance(v, bool), "true or false")
_SAVED: dict[str, Check] = {
    "class_name": (lambda v: isinstance(v, str), "the name of a class"),
    "config": (lambda v: isinstance(v, dict), "a dictionary"),
}
_CONFIG: dict[str, Check] = {
    "num_words": (lambda v: v is None or integer(v), "a whole number or null"),
    "filters": (lambda v: isinstance(v, str), "a text"),
    "lower": _FLAG,
    "split": (lambda v: isinstance(v, str), "a text"),
    "char_level": _FLAG,
    "oov_token": _NAME,
    "analyzer": _NAME,
    "normalization": _NAME,
    "document_count": (integer, "a whole number from 0"),
    **dict.fromkeys(_TABLES, _JSON),
}


def _table(data: Any, name: str, place: str) -> dict[Any, Any]:
    """A table of the vocabulary; JSON has no numbers as keys."""
    if not isinstance(data, dict):
        raise ValueError(f"{place}: expected a dictionary; got {shown(data)}.")
    for key, value in data.items():
        if name.startswith("index") and not (
            key.isascii() and key.isdigit() and len(key) < 11 and integer(int(key))
        ):
            raise ValueError(f"{place}: expected numbers of words as keys; got {shown(key)}.")
        if not (isinstance(value, str) if name == "index_word" else integer(value)):
            expected = "a word" if name == "index_word" else "a whole number from 0"
            raise ValueError(f"{place}: {key[:80]!r}: expected {expected}; got {shown(value)}.")
    if not name.startswith("index"):
        return data
    numbered = {int(key): value for key, value in data.items()}
    if len(numbered) < len(data):
        raise ValueError(f"{place}: a number is there twice, with zeros in front of it.")
    return numbered
