"""The heaps of an HDF5 file that hold texts of any length, checked before the library reads them.

    "GCOL" | version 1 | 3 unused | size | objects: number, references, 4 unused, size, data

The library goes from object to object by their sizes, and for ever where one is zero.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kcore.errors import LoadError

_SIGNATURE = b"GCOL"
_HEAD = struct.Struct("<4sB3xQ")
_OBJECT = struct.Struct("<HHIQ")
_SMALLEST = 4096
_STEP = 2**22


def check(source: Any, place: str) -> None:
    """Refuses a file whose heaps the library would not come to the end of.

    Args:
        source: path of the file, or a binary file object; its position stays.
        place: for errors.

    Raises:
        LoadError: with the place of the heap in the file.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            _check(stream, place)
        return
    before = source.tell()
    try:
        _check(source, place)
    finally:
        source.seek(before)


def _check(stream: Any, place: str) -> None:
    length = stream.seek(0, os.SEEK_END)
    for start in _found(stream):
        stream.seek(start)
        head = stream.read(_HEAD.size)
        if len(head) < _HEAD.size:
            continue
        _, version, size = _HEAD.unpack(head)
        # others are no heaps, or the library refuses them
        if version == 1 and _SMALLEST <= size <= length - start:
            _walk(stream, start, size, place)


def _found(stream: Any) -> Iterator[int]:
    """Where the signature stands."""
    start, tail = 0, b""
    stream.seek(0)
    while part := stream.read(_STEP):
        text = tail + part
        at = text.find(_SIGNATURE)
        while at >= 0:
            place = stream.tell()
            yield start - len(tail) + at
            stream.seek(place)
            at = text.find(_SIGNATURE, at + 1)
        start += len(part)
        tail = part[1 - len(_SIGNATURE) :]


def _walk(stream: Any, start: int, size: int, place: str) -> None:
    at = _HEAD.size
    while at + _OBJECT.size <= size:
        stream.seek(start + at)
        head = stream.read(_OBJECT.size)
        number, _, _, length = _OBJECT.unpack(head.ljust(_OBJECT.size, b"\0"))
        needed = _OBJECT.size + -(-length // 8) * 8 if number else length
        if not _OBJECT.size <= needed <= size - at:
            raise LoadError(
                f"{place}: the heap of texts at byte {start} is damaged: object {number} in it has "
                f"the size {length}."
            )
        at += needed
