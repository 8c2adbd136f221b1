"""Checksums of texts and arrays; those of large arrays cost no more than reading them once.

A large array is looked at as rows of 512 words of 64 bits. The sums of all rows and of all columns,
modulo 2^64, are as good a fingerprint as a CRC against what happens to files: any change inside one
row or one column changes a sum, and so do rows that changed places. The sums themselves are guarded
by a CRC-32 each. Pieces may come in any order and from several threads.
"""

from __future__ import annotations

import threading
import zlib
from typing import Any

import numpy as np

_WORDS = 512
ROW = 8 * _WORDS
# bytes summed at once: they stay in the processor's cache for both sums
_STEP = 256 * ROW
# shorter arrays have a plain CRC-32, which is quicker to start
_SHORT = 2**16


def crc32(value: Any) -> int:
    """The CRC-32 of an array's or a text's bytes."""
    if isinstance(value, str):
        return zlib.crc32(value.encode())
    return zlib.crc32(octets(value))


def octets(array: Any) -> Any:
    """The memory of an array as a row of bytes."""
    return np.asarray(array, order="C").reshape(-1).view("uint8")


def checksum(array: Any) -> int:
    """The checksum of an array.

    Example:
        >>> import numpy as np
        >>> checksum(np.zeros(3, "float32")) == checksum(np.zeros(4, "float32"))
        False
    """
    found = Sum(np.asarray(array).nbytes)
    found.add(0, octets(array))
    return found.value()


class Sum:
    """The checksum of one array, made of pieces.

    Args:
        size: bytes of the array.
    """

    def __init__(self, size: int) -> None:
        self._short = size <= _SHORT
        self._crc = 0
        self._size = size
        self._lock = threading.Lock()
        if not self._short:
            self._rows = np.zeros(-(-size // ROW), "<u8")
            self._columns = np.zeros(_WORDS, "<u8")

    def add(self, start: int, data: Any) -> None:
        """Takes a piece; a short array comes as a whole.

        Args:
            start: place of its first byte in the array, a multiple of `ROW`.
            data: row of bytes; all but the last piece have a multiple of `ROW`.
        """
        if self._short:
            self._crc = zlib.crc32(data)
            return
        whole, row = data.size // ROW * ROW, start // ROW
        columns = np.zeros(_WORDS, "<u8")
        for first in range(0, whole, _STEP):
            words = data[first : min(first + _STEP, whole)].view("<u8").reshape(-1, _WORDS)
            here = row + first // ROW
            np.add.reduce(words, axis=1, out=self._rows[here : here + len(words)])
            columns += np.add.reduce(words, axis=0)
        if whole < data.size:  # the last row is filled up with zeros
            last = np.zeros(ROW, "uint8")
            last[: data.size - whole] = data[whole:]
            self._rows[-1] = np.add.reduce(last.view("<u8"))
            columns += last.view("<u8")
        with self._lock:
            self._columns += columns

    def value(self) -> int:
        """The checksum, once every piece was taken."""
        if self._short:
            return self._crc
        rows = zlib.crc32(octets(self._rows), self._size & 0xFFFFFFFF)
        return rows << 32 | zlib.crc32(octets(self._columns))
