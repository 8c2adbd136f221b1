"""Texts of any length in an HDF5 file: what names them is checked before the library reads them.

    heap       "GCOL" | version 1 | 3 unused | size | objects
    object     number | references | 4 unused | size | data
    attribute  version | unused | sizes of name, type and space | name | type | space | values
    value      length | place of the heap | number of the object

The library goes through a heap by the sizes of its objects, for ever where one is zero. It takes as
much memory as a value's length says, up to 4 GB, before it sees that the object is shorter.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kcore.errors import LoadError

_SIGNATURE = b"GCOL"
_HEAD = struct.Struct("<4sB3xQ")
_OBJECT = struct.Struct("<HHIQ")
_VALUE = struct.Struct("<IQI")
_ATTRIBUTE = struct.Struct("<BxHHH")
_SMALLEST = 4096
_STEP = 2**22
# the class of a type whose values have any length, and that of a space without values
_ANY_LENGTH, _EMPTY = 9, 2
# of heaps, of their objects together and of attributes of one name
_MOST = 500_000


class Texts:
    """The texts in an open file.

    Args:
        source: path of the file, or a binary file object, whose position stays.
        base: where the HDF5 part of it begins.
    """

    def __init__(self, source: Any, base: int = 0) -> None:
        self.source = source
        self.base = base
        self._heaps: dict[int, dict[int, int]] | None = None
        self._checked: set[str] = set()

    def check(self, name: str, place: str) -> None:
        """Refuses attributes of a name whose texts the library could not read in bounds.

        Args:
            name: of the attribute, in any group.
            place: for errors.

        Raises:
            LoadError: with the place in the file.
        """
        if name in self._checked:
            return
        if isinstance(self.source, (str, Path)):
            with Path(self.source).open("rb") as stream:
                self._check(stream, name, place)
        else:
            before = self.source.tell()
            try:
                self._check(self.source, name, place)
            finally:
                self.source.seek(before)
        self._checked.add(name)

    def _check(self, stream: Any, name: str, place: str) -> None:
        length = stream.seek(0, os.SEEK_END)
        if self._heaps is None:
            found = dict(_heaps(stream, length, place))
            self._heaps = {start - self.base: objects for start, objects in found.items()}
        for start, values in _values(stream, name.encode(), place):
            for number, (size, heap, index) in enumerate(_VALUE.iter_unpack(values)):
                held = self._heaps.get(heap, {}).get(index, 0)
                if size > held:
                    raise LoadError(
                        f"{place}: attribute {name} at byte {start}: text {number} should have "
                        f"{size} bytes, of which the file holds {held}."
                    )


def _heaps(stream: Any, length: int, place: str) -> Iterator[tuple[int, dict[int, int]]]:
    """The place of each heap, and the sizes of its objects by their numbers."""
    left = _MOST
    for start in _found(stream, _SIGNATURE, place):
        head = _at(stream, start, _HEAD.size)
        _, version, size = _HEAD.unpack(head)
        # others are no heaps, or the library refuses them
        if version == 1 and _SMALLEST <= size <= length - start:
            found = _objects(stream, start, size, left, place)
            left -= len(found)
            yield start, found


def _objects(stream: Any, start: int, size: int, most: int, place: str) -> dict[int, int]:
    sizes: dict[int, int] = {}
    at = _HEAD.size
    while at + _OBJECT.size <= size:
        number, _, _, length = _OBJECT.unpack(_at(stream, start + at, _OBJECT.size))
        needed = _OBJECT.size + -(-length // 8) * 8 if number else length
        if not _OBJECT.size <= needed <= size - at:
            raise LoadError(
                f"{place}: the heap of texts at byte {start} is damaged: object {number} in it has "
                f"the size {length}."
            )
        sizes[number] = length
        at += needed
        if len(sizes) > most:
            raise LoadError(f"{place}: the heap of texts at byte {start} has too many objects.")
    return sizes


def _values(stream: Any, name: bytes, place: str) -> Iterator[tuple[int, bytes]]:
    """The values of every attribute of a name that holds texts of any length."""
    for start in _found(stream, name + b"\0", place):
        for version, before, unit in ((1, 8, 8), (2, 8, 1), (3, 9, 1)):
            head = _at(stream, start - before, _ATTRIBUTE.size)
            found, length, kind, space = _ATTRIBUTE.unpack(head)
            if start < before or found != version or length != len(name) + 1:
                continue
            at = start + _padded(length, unit)
            count = _count(_at(stream, at + _padded(kind, unit), space))
            if _at(stream, at, 1)[0] & 15 == _ANY_LENGTH and count is not None:
                at += _padded(kind, unit) + _padded(space, unit)
                yield start, _at(stream, at, count * _VALUE.size)


def _padded(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _count(space: bytes) -> int | None:
    """The number of values that a space has; None if it is none."""
    if len(space) < 4 or space[0] not in (1, 2) or (space[0] == 2 and space[3] == _EMPTY):
        return None
    first = 8 if space[0] == 1 else 4
    sizes = space[first : first + 8 * space[1]]
    if len(sizes) < 8 * space[1]:
        return None
    count = math.prod(struct.unpack(f"<{space[1]}Q", sizes))
    return count if count < 2**24 else None


def _at(stream: Any, start: int, size: int) -> bytes:
    """Bytes of the file; zeros where it has none."""
    stream.seek(max(start, 0))
    return bytes(stream.read(size)).ljust(size, b"\0")


def _found(stream: Any, wanted: bytes, place: str) -> list[int]:
    """Where some bytes stand in the file.

    Raises:
        LoadError: if they are there more often than in any real file.
    """
    found: list[int] = []
    start, tail = 0, b""
    stream.seek(0)
    while part := stream.read(_STEP):
        text = tail + part
        at = text.find(wanted)
        while at >= 0:
            found.append(start - len(tail) + at)
            at = text.find(wanted, at + 1)
        if len(found) > _MOST:
            raise LoadError(f"{place}: {wanted!r} is there more than {_MOST} times.")
        start += len(part)
        tail = text[len(text) - len(wanted) + 1 :]
    return found
