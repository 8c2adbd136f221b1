"""What IMDB and Reuters have in common: texts as lists of word ranks, and how to number them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .errors import FormatError
from .source import RemoteFile, fetch, local_file
from .split import Array

__all__ = ["BASE", "Numbering", "read_word_index", "shuffled", "to_objects"]

Texts: TypeAlias = list[list[int]]

BASE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def shuffled(draw: np.random.RandomState, *arrays: Array) -> tuple[Array, ...]:
    """Arrays in one common random order.

    Args:
        draw: What the order is drawn from; numpy keeps its numbers stable for ever.
        *arrays: Equally long arrays.

    Returns:
        Copies in that order.

    Example:
        >>> shuffled(np.random.RandomState(0), np.arange(4))[0].tolist()
        [2, 3, 1, 0]
    """
    order = np.arange(len(arrays[0]))
    draw.shuffle(order)
    return tuple(array[order] for array in arrays)


class Numbering:
    """Turns ranks into the numbers that a loader returns.

    Args:
        caller: Public function to name in an error.
        num_words: Only numbers below it are kept; None for all. At least 1.
        skip_top: Numbers below it are not kept, at least 0.
        maxlen: Only texts shorter than it, start number included, are kept; None for all.
        start_char: Number put before each text; None for none.
        oov_char: Number in the place of those not kept; None drops them.
        index_from: Added to every rank, at least 0.

    Raises:
        ValueError: If an argument lies outside its range.

    Example:
        >>> Numbering("f", 6, 0, None, 1, 2, 3).number(([[1, 2, 3]], [0]))
        [([[1, 4, 5, 2]], [0])]
    """

    def __init__(
        self,
        caller: str,
        num_words: int | None,
        skip_top: int,
        maxlen: int | None,
        start_char: int | None,
        oov_char: int | None,
        index_from: int | None,
    ) -> None:
        self._caller = caller
        limits = (("num_words", num_words, 1), ("maxlen", maxlen, 1), ("skip_top", skip_top, 0))
        for name, given, least in (*limits, ("index_from", index_from, 0)):
            if given is not None and given < least:
                raise ValueError(f"{caller}: {name} must be at least {least}; got {given}.")
        self._num_words = num_words
        self._skip_top = skip_top
        self._maxlen = maxlen
        self._start = [] if start_char is None else [start_char]
        self._oov = oov_char
        self._shift = index_from or 0

    def number(self, *parts: tuple[Texts, list[int]]) -> list[tuple[list[list[int]], list[int]]]:
        """Number texts, and drop the long ones with their labels.

        Without `num_words` Keras takes the largest number of all parts as the limit, so that this
        one number is left out. It is so here too: the arrays are the same.

        Args:
            *parts: (texts, labels), each text a list of ranks.

        Returns:
            (texts, labels) of each part, maybe fewer.

        Raises:
            ValueError: If not one text of a part is shorter than `maxlen`.
        """
        kept = [self._shorter(*part) for part in parts]
        shifted = [
            [self._start + [rank + self._shift for rank in text] for text in texts]
            for texts, _ in kept
        ]
        low, high, oov = self._skip_top, self._num_words, self._oov
        if high is None:
            high = max((max(text, default=0) for texts in shifted for text in texts), default=0)
        if oov is None:
            done = [[[n for n in text if low <= n < high] for text in texts] for texts in shifted]
        else:
            done = [
                [[n if low <= n < high else oov for n in text] for text in texts]
                for texts in shifted
            ]
        return [(texts, labels) for texts, (_, labels) in zip(done, kept, strict=True)]

    def _shorter(self, texts: Texts, labels: list[int]) -> tuple[Texts, list[int]]:
        if self._maxlen is None:
            return texts, labels
        room = self._maxlen - len(self._start)
        kept = [i for i, text in enumerate(texts) if len(text) < room]
        if texts and not kept:
            needed = min(map(len, texts)) + len(self._start) + 1
            raise ValueError(
                f"{self._caller}: maxlen={self._maxlen} drops every text; the shortest has "
                f"{needed - 1} numbers, so maxlen must be at least {needed}."
            )
        return [texts[i] for i in kept], [labels[i] for i in kept]


def to_objects(texts: Sequence[list[int]]) -> Array:
    """Lists of unequal length as an array of objects.

    Args:
        texts: The lists.

    Shapes:
        the result: (n,), object.

    Returns:
        An array of lists, one a text, also where all have one length.

    Example:
        >>> to_objects([[1], [2]]).shape
        (2,)
    """
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def read_word_index(path: str | Path, default: str, file: RemoteFile) -> dict[str, int]:
    """Read the table from words to ranks.

    Args:
        path: A file of the caller's own, or the default name.
        default: The default name.
        file: The published file.

    Returns:
        Rank of each word, from 1.

    Raises:
        UnavailableError: If no source has the file.
        FormatError: If the file is no such table.

    Example:
        >>> read_word_index("own.json", "x.json", file)  # doctest: +SKIP
        {'the': 1}
    """
    place = local_file(path, default) or fetch(file)
    try:
        table = json.loads(place.read_text(encoding="utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"The file {place} is no JSON of a table: {error}.") from error
    if not isinstance(table, dict) or not set(map(type, table.values())) <= {int}:
        raise FormatError(f"The file {place} should hold a table from words to whole numbers.")
    return table


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a word is there twice")
    return table
