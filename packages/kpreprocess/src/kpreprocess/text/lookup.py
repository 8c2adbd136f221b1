"""Numbers of the words of many texts at once: splitting and look-up in numpy, word by word no more.

A word of up to 16 bytes is two integers of 64 bits, which are hashed and compared for all words of
a chunk together. Longer words, new ones and those whose slot another word has taken are looked up
one by one; by Zipf's law they are few.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["CHUNK", "Ids", "WordNumbers"]

Ids = npt.NDArray[np.int32]
CHUNK = 32  # texts looked up at once

_BITS = 18  # of the number of slots: 5 MB, of which words that never come touch nothing
_TRIAL = 50_000  # words after which a text must repeat itself
_LIMIT = 16  # bytes of the longest word in a slot
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)
# Odd numbers of no pattern (Knuth, The Art of Computer Programming, 6.4: multiplicative hashing).
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)


class WordNumbers:
    """Looks up numbers of words, and remembers what it looked up.

    Args:
        number: The number of a word that did not come before.
        separator: The one byte between words, in ASCII.

    Example:
        >>> numbers = WordNumbers({"to": 1, "be": 2, "or": 3}.__getitem__, b" ")
        >>> ids, sizes = numbers([b"to be", b"or  be"])
        >>> ids.tolist(), sizes.tolist()
        ([1, 2, 3, 2], [2, 2])
    """

    def __init__(self, number: Callable[[str], int], separator: bytes) -> None:
        self._number = number
        self._separator = separator
        self._head = np.zeros(1 << _BITS, dtype=np.uint64)  # bytes 1 to 8; 0 is an empty slot
        self._tail = np.zeros(1 << _BITS, dtype=np.uint64)  # bytes 9 to 16
        self._ids = np.zeros(1 << _BITS, dtype=np.int32)
        self._seen = self._missed = 0

    @property
    def pays(self) -> bool:
        """Whether this is faster than one by one: not where most words are new or very long."""
        return self._seen < _TRIAL or self._missed < self._seen // 3

    def __call__(self, texts: list[bytes]) -> tuple[Ids, npt.NDArray[np.intp]]:
        """The numbers of the words of texts.

        Args:
            texts: Texts in UTF-8, without the character NUL.

        Returns:
            (numbers of all words, how many words each text has).
        """
        blank = self._separator
        raw = blank + blank.join(texts) + blank * _LIMIT
        is_blank = np.frombuffer(raw, np.uint8) == blank[0]
        edges = np.flatnonzero(is_blank[1:] != is_blank[:-1]) + 1
        starts, ends = edges[::2], edges[1::2]
        ids = self._look_up(raw, starts, ends)
        borders = np.cumsum([len(text) + 1 for text in texts])
        return ids, np.diff(np.searchsorted(starts, borders), prepend=0)

    def _look_up(self, raw: bytes, starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> Ids:
        lengths = ends - starts
        windows: npt.NDArray[np.uint64] = np.ndarray((len(raw) - 7,), "<u8", raw, strides=(1,))
        head = windows[starts] & _MASKS.take(lengths, mode="clip")
        tail = np.zeros_like(head)
        longer = np.flatnonzero(lengths > 8)
        rest = _MASKS.take(lengths[longer] - 8, mode="clip")
        tail[longer] = windows[starts[longer] + 8] & rest
        slots = (head * _FACTORS[0] ^ tail * _FACTORS[1]) >> np.uint64(64 - _BITS)
        slots = slots.view(np.int64)
        found = (self._head.take(slots) == head) & (self._tail.take(slots) == tail)
        found[longer] &= lengths[longer] <= _LIMIT
        ids: Ids = self._ids.take(slots)
        missing = np.flatnonzero(~found)
        self._seen += len(ids)
        self._missed += len(missing)
        if len(missing):
            ends_of = zip(starts[missing].tolist(), ends[missing].tolist(), strict=True)
            words = [raw[start:end].decode("utf-8", "surrogatepass") for start, end in ends_of]
            ids[missing] = list(map(self._number, words))
            empty = self._head[slots[missing]] == 0
            new = missing[empty & (lengths[missing] <= _LIMIT)]
            # Of several new words for one slot the last one stays, in all three tables.
            self._head[slots[new]] = head[new]
            self._tail[slots[new]] = tail[new]
            self._ids[slots[new]] = ids[new]
        return ids
