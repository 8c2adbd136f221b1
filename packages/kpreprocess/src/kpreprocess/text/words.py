"""Text to words: splitting, segmenting text without spaces, hashing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Literal, TypeAlias, cast, get_args

__all__ = [
    "FILTERS",
    "Analyzer",
    "Splitter",
    "analyzer_name",
    "find_analyzer",
    "hashing_trick",
    "one_hot",
    "register_analyzer",
    "text_to_word_sequence",
]

# Punctuation that Keras takes out, the apostrophe kept, and the white space it splits at.
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
Form: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS = get_args(Form)

Analyzer: TypeAlias = Callable[[str], Iterable[str]]

# ASCII characters other than the blank at which str.split() cuts.
_OTHER_SPACE = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"

# Scripts written without spaces: kana, Han (with extensions), Thai, Lao, Khmer and Burmese.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = f"[^\\W{_UNSPACED}]"
_CHARACTER_OR_WORD = re.compile(
    # one character with its combining marks, or a word with apostrophes inside
    f"[{_UNSPACED}][\u0300-\u036f\u0e31\u0e34-\u0e3a]*|{_LETTER}+(?:['\u2019]{_LETTER}+)*"
)


def _characters(text: str) -> list[str]:
    return _CHARACTER_OR_WORD.findall(text)


def _jieba(text: str) -> list[str]:
    try:
        jieba = import_module("jieba")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The analyzer 'jieba' needs the package jieba, which is not installed. Install it "
            "with: pip install kpreprocess[jieba] - or use the analyzer 'characters'."
        ) from error
    return list(jieba.cut(text))


_ANALYZERS: dict[str, Analyzer] = {"characters": _characters, "jieba": _jieba}


def register_analyzer(name: str, analyzer: Analyzer) -> None:
    """Give a segmenter a name, under which a Tokenizer uses it and writes it into its JSON.

    Args:
        name: The name; 'characters' and 'jieba' are there already.
        analyzer: Function from a text to its words.

    Raises:
        ValueError: If the name stands for another function already.

    Example:
        >>> register_analyzer("syllables", lambda text: text.split("-"))
        >>> text_to_word_sequence("la-la", filters="", analyzer="syllables")
        ['la', 'la']
    """
    if _ANALYZERS.setdefault(name, analyzer) is not analyzer:
        raise ValueError(f"register_analyzer: the name {name!r} is taken; choose another.")


def find_analyzer(name: str) -> Analyzer:
    """Segmenter by name.

    Args:
        name: 'characters', 'jieba' or a registered name.

    Returns:
        The function.

    Raises:
        ValueError: If there is no such name.

    Example:
        >>> find_analyzer("characters")("GPU很快")
        ['GPU', '很', '快']
    """
    try:
        return _ANALYZERS[name]
    except KeyError:
        raise ValueError(
            f"There is no analyzer {name!r}; known are {sorted(_ANALYZERS)}. Name your own with "
            "kpreprocess.text.register_analyzer."
        ) from None


def analyzer_name(analyzer: Analyzer) -> str | None:
    """Name of a segmenter, if it has one.

    Args:
        analyzer: The function.

    Returns:
        The name it was registered under, or None.

    Example:
        >>> analyzer_name(find_analyzer("characters"))
        'characters'
    """
    return next((name for name, known in _ANALYZERS.items() if known is analyzer), None)


class Splitter:
    """Text to words, set up once for many texts.

    Args:
        filters: Characters replaced by `split` before splitting.
        lower: Whether to make text lower case.
        split: What separates words, not empty.
        analyzer: None to split at `split`; a function, which gets the text as it is; or a
            segmenter by name, which gets each piece between separators, cleaned, and whose
            words without any letter or digit are dropped.
        normalization: Unicode form to bring text into first: 'NFC', 'NFD', 'NFKC' or 'NFKD';
            None leaves it alone. NFKC makes full-width letters and digits plain.

    Raises:
        ValueError: If `split` is empty, or the analyzer or form unknown.

    Example:
        >>> Splitter(filters=",")("Hello, world")
        ['hello', 'world']
    """

    def __init__(
        self,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        analyzer: Analyzer | str | None = None,
        normalization: str | None = None,
    ) -> None:
        if not split:
            raise ValueError("The argument split must not be empty; for characters use char_level.")
        if normalization is not None and normalization not in FORMS:
            raise ValueError(
                f"The argument normalization must be one of {FORMS} or None; got {normalization!r}."
            )
        self._lower = lower
        self._split = split
        self._form = cast(Form | None, normalization)
        self._table = str.maketrans(dict.fromkeys(filters or "", split))
        self._function = analyzer if callable(analyzer) else None
        self._segment = find_analyzer(analyzer) if isinstance(analyzer, str) else None
        # The one byte between words, where words are what stands between separators.
        self.separator: bytes | None = None
        if analyzer is None and len(split) == 1 and split.isascii() and split != "\0":
            self.separator = split.encode()

    def pack(self, texts: list[str]) -> list[bytes] | None:
        r"""Texts in UTF-8, clean, with nothing but `separator` between their words.

        Args:
            texts: The texts.

        Returns:
            The packed texts, or None where words are not what stands between separators, or a
            text has the character NUL.

        Example:
            >>> Splitter().pack(["One, two", "three"])
            [b'one  two', b'three']
        """
        if self.separator is None:
            return None
        clean = [self.clean(text).translate(self._table) for text in texts]
        packed = [text.encode("utf-8", "surrogatepass") for text in clean]
        return None if any(b"\0" in text for text in packed) else packed

    def clean(self, text: str) -> str:
        """Case and Unicode form; nothing else.

        Args:
            text: Any text.

        Returns:
            The text in the wanted form.
        """
        if self._form:
            text = unicodedata.normalize(self._form, text)
        return text.lower() if self._lower else text

    def __call__(self, text: str) -> list[str]:
        """Words of one text.

        Args:
            text: The text.

        Returns:
            Its words in order, none empty.
        """
        if self._function:
            return list(self._function(text))
        text = self.clean(text).translate(self._table)
        # Where the blank is the only white space both ways agree, and the first is faster.
        if self._split == " " and text.isascii() and not any(map(text.__contains__, _OTHER_SPACE)):
            words = text.split()
        else:
            words = list(filter(None, text.split(self._split)))
        if self._segment is None:
            return words
        pieces = (piece.strip() for word in words for piece in self._segment(word))
        return [piece for piece in pieces if any(map(str.isalnum, piece))]


def text_to_word_sequence(
    text: str,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Analyzer | str | None = None,
    normalization: str | None = None,
) -> list[str]:
    """Split a text into words.

    Args:
        text: The text.
        filters: Characters replaced by `split` before splitting. Default: ASCII punctuation
            without the apostrophe, tabs and line ends.
        lower: Whether to make the text lower case. Default True.
        split: What separates words, not empty. Default a blank.
        analyzer: For text without spaces: 'characters', 'jieba', a registered name, or a function
            of yours. Default None.
        normalization: Unicode form to bring the text into first: 'NFC', 'NFD', 'NFKC', 'NFKD'.
            Default None.

    Returns:
        The words in order; empty pieces are dropped.

    Raises:
        TypeError: If `text` is no string.
        ValueError: If `split` is empty, or the analyzer or form unknown.

    Example:
        >>> text_to_word_sequence("Don't panic: it's fine.")
        ["don't", 'panic', "it's", 'fine']
        >>> text_to_word_sequence("我爱GPU。", analyzer="characters")
        ['我', '爱', 'gpu']
    """
    if not isinstance(text, str):
        raise TypeError(
            f"text_to_word_sequence: text must be a string; got {text!r} of type "
            f"{type(text).__name__}."
        )
    return Splitter(filters, lower, split, analyzer, normalization)(text)


def one_hot(
    text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Analyzer | str | None = None,
    hash_function: Callable[[str], int] | str | None = None,
) -> list[int]:
    """Hash the words of a text to numbers. In spite of its name it makes no one-hot rows.

    Args:
        text: The text.
        n: One more than the largest number, at least 2; two words may share a number.
        filters: As in `text_to_word_sequence`.
        lower: As in `text_to_word_sequence`.
        split: As in `text_to_word_sequence`.
        analyzer: As in `text_to_word_sequence`.
        hash_function: As in `hashing_trick`; the default changes from process to process, 'md5'
            never changes.

    Returns:
        A number from 1 to n - 1 for each word.

    Raises:
        TypeError: If `text` is no string.
        ValueError: If `n` is below 2.

    Example:
        >>> one_hot("good day good night", 50, hash_function="md5")
        [17, 33, 17, 40]
    """
    return hashing_trick(text, n, hash_function, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Analyzer | str | None = None,
) -> list[int]:
    """Hash the words of a text to numbers, so that no vocabulary has to be kept.

    The number is hash(word) mod (n - 1) + 1; 0 is never used. After K. Weinberger et al., Feature
    Hashing for Large Scale Multitask Learning, 2009.

    Args:
        text: The text.
        n: One more than the largest number, at least 2; two words may share a number.
        hash_function: None (default) for Python's own hash, which changes from process to
            process; 'md5', which never changes; or a function from a word to an integer.
        filters: As in `text_to_word_sequence`.
        lower: As in `text_to_word_sequence`.
        split: As in `text_to_word_sequence`.
        analyzer: As in `text_to_word_sequence`.

    Returns:
        A number from 1 to n - 1 for each word.

    Raises:
        TypeError: If `text` is no string.
        ValueError: If `n` is below 2 or the name of the hash function unknown.

    Example:
        >>> hashing_trick("good day good night", 50, "md5")
        [17, 33, 17, 40]
    """
    if n < 2:
        raise ValueError(f"hashing_trick: n must be at least 2, since 0 is never used; got {n}.")
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    elif not callable(hash_function):
        raise ValueError(
            f"hashing_trick: hash_function must be None, 'md5' or a function; got "
            f"{hash_function!r}."
        )
    words = text_to_word_sequence(text, filters, lower, split, analyzer)
    return [int(hash_function(word) % (n - 1) + 1) for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)
