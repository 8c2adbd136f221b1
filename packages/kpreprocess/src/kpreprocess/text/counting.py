"""Count words and the texts they come in: one dictionary look-up a word, the rest in numpy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import count

import numpy as np
import numpy.typing as npt

from .lookup import CHUNK, Ids

__all__ = ["WordCounter"]

BUFFER = 1 << 14  # words; small enough to stay in the processor's cache


class WordCounter:
    """Adds up words text by text, in the memory of the vocabulary.

    Args:
        counts: How often each word came before, in the order of first coming.
        documents: In how many texts each word came before.

    Example:
        >>> counter = WordCounter({}, {})
        >>> counter.add(["a", "b", "a"])
        >>> counter.counts(), counter.documents()
        (Counter({'a': 2, 'b': 1}), Counter({'a': 1, 'b': 1}))
    """

    def __init__(self, counts: Mapping[str, int], documents: Mapping[str, int]) -> None:
        # A word not seen yet gets the next number at its look-up.
        self._ids: defaultdict[str, int] = defaultdict(count(len(counts)).__next__)
        self._ids.update((word, i) for i, word in enumerate(counts))
        self._counts = _Tally(list(counts.values()))
        self._documents = _Tally([documents.get(word, 0) for word in counts])
        self._width = 1024
        self._last_place: Ids = np.empty(self._width * CHUNK, dtype=np.int32)

    def number(self, word: str) -> int:
        """The number of a word in the order of first coming, for `add_chunk`.

        Args:
            word: The word.

        Returns:
            Its number; a new word gets the next one.
        """
        return self._ids[word]

    def add(self, words: list[str]) -> None:
        """Count one text.

        Args:
            words: Its words.
        """
        ids = np.fromiter(map(self._ids.__getitem__, words), dtype=np.int32, count=len(words))
        self.add_chunk(ids, np.array([len(ids)]))

    def add_chunk(self, ids: Ids, sizes: npt.NDArray[np.intp]) -> None:
        """Count several texts, up to CHUNK.

        Args:
            ids: The numbers of their words.
            sizes: How many words each text has.
        """
        if len(self._ids) > self._width:
            self._width = 2 * len(self._ids)
            self._last_place = np.empty(self._width * CHUNK, dtype=np.int32)
        firsts = np.arange(len(sizes), dtype=np.int32) * np.int32(self._width)
        self._tally(ids, np.repeat(firsts, sizes) + ids)

    def _tally(self, ids: Ids, cells: Ids) -> None:
        """Counts words, and those of different cells: one for each word of each text."""
        # Of equal cells the last assignment stays, so exactly one of them finds its own place.
        places = np.arange(len(ids), dtype=np.int32)
        self._last_place[cells] = places
        self._counts.add(ids)
        self._documents.add(ids[self._last_place[cells] == places])

    def counts(self) -> Counter[str]:
        """How often each word came, in the order of first coming."""
        return self._table(self._counts)

    def documents(self) -> Counter[str]:
        """In how many texts each word came, in the order of first coming."""
        return self._table(self._documents)

    def _table(self, tally: _Tally) -> Counter[str]:
        totals = tally.totals(len(self._ids))
        return Counter(dict(zip(self._ids, totals, strict=True)))


class _Tally:
    """How often each id came."""

    def __init__(self, totals: list[int]) -> None:
        self._totals = np.asarray(totals, dtype=np.int64)
        self._waiting: list[Ids] = []
        self._size = 0

    def add(self, ids: Ids) -> None:
        self._waiting.append(ids)
        self._size += len(ids)
        if self._size > BUFFER:
            self._flush()

    def totals(self, length: int) -> list[int]:
        self._flush()
        totals: list[int] = self._totals.tolist()
        return totals + [0] * (length - len(totals))

    def _flush(self) -> None:
        if self._size:
            sums = np.bincount(np.concatenate(self._waiting), minlength=len(self._totals))
            sums[: len(self._totals)] += self._totals
            self._totals, self._waiting, self._size = sums, [], 0
