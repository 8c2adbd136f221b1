"""Arrays that lie in one piece in a file: read without the HDF5 library, by several threads.

What is read was judged before: where each array begins and how long it is, inside the file and
beside all others.
"""

from __future__ import annotations

import functools
import math
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from kcore.errors import LoadError
from kcore.saving.checksums import ROW, Sum

ALIGNMENT = 64
# bytes and pieces of one read; the system takes 1024 pieces at most
_STEP, _PIECES = 4 * 2**20, 256
# bytes of one read in the background
_AHEAD = 16 * 2**20
# larger arrays have memory of their own; smaller ones share blocks, which go when the last one goes
_OWN, _BLOCK = 4 * 2**20, 16 * 2**20
# what lies between two arrays is read with them if it is no longer
_NEAR = 16 * 1024
THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Span:
    """A part of an open file.

    Args:
        number: of the open file.
        start: place of the first byte.
        size: bytes in it.
    """

    number: int
    start: int
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Bytes from a place inside; fewer if it ends before."""
        return os.pread(self.number, max(0, min(size, self.size - offset)), self.start + offset)


@dataclass(frozen=True)
class StoredArray:
    """An array in one piece of a file.

    Args:
        name: its path in the file.
        shape: its shape.
        dtype: how its numbers are written.
        offset: place of the first byte.
        sum: its checksum, or None if the file has none.
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any
    offset: int
    sum: int | None = None

    @functools.cached_property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return math.prod(self.shape) * int(self.dtype.itemsize)

    @property
    def end(self) -> int:
        """Place behind the last byte."""
        return self.offset + self.nbytes


@dataclass
class _Piece:
    """Bytes that go from the file to a place in memory."""

    offset: int
    memory: Any
    sum: Sum | None = None
    start: int = 0

    @property
    def end(self) -> int:
        return self.offset + int(self.memory.size)


def aligned(shape: Any, dtype: Any) -> Any:
    """An array of unknown numbers whose memory begins where devices want it to."""
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    memory = np.empty(size + ALIGNMENT, "uint8")
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(kind).reshape(shape)


def _room(arrays: Sequence[StoredArray]) -> list[Any]:
    """Memory for arrays; small ones share blocks, for which the system has large pages."""
    found, block, used = [], np.empty(0, "uint8"), 0
    left = sum(_padded(array.nbytes) for array in arrays if array.nbytes < _OWN)
    for array in arrays:
        size = array.nbytes
        if size >= _OWN:
            found.append(aligned(array.shape, array.dtype))
            continue
        if used + size > block.size:
            block, used = aligned((min(_BLOCK, left),), "uint8"), 0
        found.append(block[used : used + size].view(array.dtype).reshape(array.shape))
        used += _padded(size)
        left -= _padded(size)
    return found


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def read(
    span: Span, arrays: Sequence[StoredArray], between: Sequence[tuple[int, int]], place: str
) -> tuple[list[Any], list[Any]]:
    """The arrays, and the bytes of the places between them; see `Reading`."""
    with Reading(span, arrays, between) as reading:
        return reading.finish(place)


class Reading:
    """Arrays of a file on their way into memory.

    As a context, it has let go of the file when it ends.

    Args:
        span: the part of the file.
        arrays: which to read; their checksums are compared.
        between: beginnings and ends of what else is wanted; nothing overlaps.
        ahead: begin at once, in the background. A thread that works on Python's objects lets
            others do so every 5 ms only, so what is read is not looked at before `finish`.
    """

    def __init__(
        self,
        span: Span,
        arrays: Sequence[StoredArray],
        between: Sequence[tuple[int, int]],
        ahead: bool = False,
    ) -> None:
        self.arrays = arrays
        self._span = span
        self._found = _room(arrays)
        self._sums = [Sum(array.nbytes) if array.sum is not None else None for array in arrays]
        self._others = [np.empty(end - start, "uint8") for start, end in between]
        pieces = [_Piece(a, data) for (a, _), data in zip(between, self._others, strict=True)]
        for array, memory, own in zip(arrays, self._found, self._sums, strict=True):
            pieces.extend(_pieces(array, memory.reshape(-1).view("uint8"), own))
        self._left = deque(_runs(pieces, _AHEAD if ahead else _STEP))
        self._unsummed: deque[list[_Piece]] = deque()
        self._pool = ThreadPoolExecutor(THREADS)
        self._early = self._pool.submit(self._fill_ahead) if ahead else None

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.clear()
        self._pool.shutdown()

    def _fill_ahead(self) -> None:
        while (run := _next(self._left)) is not None:
            _fill(self._span, run)
            self._unsummed.append(run)

    def _fill_and_sum(self) -> None:
        while (run := _next(self._left)) is not None:
            _fill(self._span, run)
            _sum(run)
        while (run := _next(self._unsummed)) is not None:
            _sum(run)

    def finish(self, place: str) -> tuple[list[Any], list[Any]]:
        """The arrays, and the bytes of the places between them.

        Args:
            place: the file, for errors.

        Raises:
            LoadError: if one is damaged, or the file ends too early.
        """
        try:
            tasks = [self._pool.submit(self._fill_and_sum) for _ in range(THREADS)]
            for task in (*tasks, *([self._early] if self._early else ())):
                task.result()
            self._fill_and_sum()  # what the early thread was at when the others found nothing left
        except OSError as error:
            raise LoadError(f"{place} cannot be read: {error}") from error
        for array, own in zip(self.arrays, self._sums, strict=True):
            if own is not None and own.value() != array.sum:
                raise LoadError(
                    f"{place}: {array.name} is damaged (wrong checksum over the bytes from "
                    f"{array.offset} to {array.end})."
                )
        return self._found, self._others


def _next(runs: deque[list[_Piece]]) -> list[_Piece] | None:
    try:
        return runs.popleft()
    except IndexError:
        return None


def _pieces(array: StoredArray, memory: Any, own: Sum | None) -> Iterator[_Piece]:
    """An array in parts that may be read by different threads."""
    step = _STEP // ROW * ROW
    for start in range(0, memory.size, step):
        yield _Piece(array.offset + start, memory[start : start + step], own, start)


def _runs(pieces: list[_Piece], step: int) -> Iterator[list[_Piece]]:
    """Pieces that are read by one call, in the order of the file, without holes between them."""
    run: list[_Piece] = []
    size = 0
    for piece in sorted((p for p in pieces if p.memory.size), key=lambda p: p.offset):
        hole = piece.offset - run[-1].end if run else 0
        if run and (
            not 0 <= hole <= _NEAR or size + piece.memory.size > step or len(run) > _PIECES
        ):
            yield run
            run, size, hole = [], 0, 0
        if hole:
            run.append(_Piece(run[-1].end, np.empty(hole, "uint8")))
        run.append(piece)
        size += hole + piece.memory.size
    if run:
        yield run


def _fill(span: Span, run: list[_Piece]) -> None:
    begin, end = run[0].offset, run[-1].end
    if begin < 0 or end > span.size:
        raise OSError(f"bytes {begin} to {end} are wanted, and there are {span.size}")
    done = os.preadv(span.number, [piece.memory for piece in run], span.start + begin)
    for piece in run if done < end - begin else ():  # rare: the system gave less than asked for
        _fill_one(span, piece)


def _sum(run: list[_Piece]) -> None:
    for piece in run:
        if piece.sum is not None:
            piece.sum.add(piece.start, piece.memory)


def _fill_one(span: Span, piece: _Piece) -> None:
    filled = 0
    while filled < piece.memory.size:
        place = span.start + piece.offset + filled
        done = os.preadv(span.number, [piece.memory[filled:]], place)
        if not done:
            raise OSError(f"it ends before byte {piece.offset + filled}")
        filled += done
