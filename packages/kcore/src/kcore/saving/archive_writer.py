"""Zip archives of ours: members stored as they are, large ones written in place.

Zip has a checksum of each member's content. What stands around the contents (headers, the list of
members) has ours, in the archive's comment at the end; `Archive.check_structure` compares it.
"""

from __future__ import annotations

import io
import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import Any

_UTF8, _PLAIN, _NEW_YEAR_1980 = 0x800, 20, 0x21
_LARGE, _MARK = 2**32 - 1, 0xFFFFFFFF
_RIGHTS = 0o600 << 16
SEAL = b"kcore: CRC-32 of all that is no member's content: %08x"
DIGITS = 8


class ArchiveWriter:
    """A new zip archive without compression; the same members give the same bytes.

    Args:
        path: the new file; a context, whose end writes the list of members.

    Example:
        >>> import tempfile, zipfile
        >>> path = Path(tempfile.mkdtemp()) / "a.zip"
        >>> with ArchiveWriter(path) as archive:
        ...     archive.add("note.txt", b"hello")
        >>> zipfile.ZipFile(path).read("note.txt")
        b'hello'
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._members: list[tuple[bytes, int, int, int]] = []  # name, CRC-32, size, place

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        with self._file:
            if kind is None:
                self._finish()

    def add(self, name: str, data: bytes) -> None:
        """Writes a member."""
        place = self._file.tell()
        self._file.write(_local(name.encode(), zlib.crc32(data), len(data)))
        self._file.write(data)
        self._members.append((name.encode(), zlib.crc32(data), len(data), place))

    def section(self, name: str) -> Section:
        """A member as a file object; a context, after which the next may be written."""
        return Section(self, name)

    def _finish(self) -> None:
        start = self._file.tell()
        listed = b"".join(_entry(*member) for member in self._members)
        end = self._end(start, len(listed))
        heads = b"".join(_local(*member[:3]) for member in sorted(self._members, key=_place))
        crc = zlib.crc32(heads + listed + end + (SEAL % 0)[:-DIGITS])
        self._file.write(listed + end + SEAL % crc)

    def _end(self, start: int, length: int) -> bytes:
        """What follows the list of members, up to the comment."""
        end, count, found = start + length, len(self._members), b""
        if end >= _LARGE:
            fields = (44, 45, 45, 0, 0, count, count, length, start)
            found = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", *fields)
            found += b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
            start = _MARK
        rest = (0, 0, count, count, length, start, len(SEAL % 0))
        return found + b"PK\x05\x06" + struct.pack("<4H2IH", *rest)


def _place(member: tuple[bytes, int, int, int]) -> int:
    return member[3]


def _entry(name: bytes, crc: int, size: int, place: int) -> bytes:
    """A member in the list of members."""
    extra = b""
    if size >= _LARGE or place >= _LARGE:
        extra = struct.pack("<HHQQQ", 1, 24, size, size, place)
        size = place = _MARK
    head = (_PLAIN, _PLAIN, _UTF8, 0, 0, _NEW_YEAR_1980, crc, size, size, len(name))
    rest = (len(extra), 0, 0, 0, _RIGHTS, place)
    return b"PK\x01\x02" + struct.pack("<6H3I5H2I", *head, *rest) + name + extra


def _local(name: bytes, crc: int, size: int) -> bytes:
    """What stands in front of a member; always with room for a size beyond 4 GiB."""
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    shown = min(size, _MARK)
    fields = (_PLAIN, _UTF8, 0, 0, _NEW_YEAR_1980, crc, shown, shown, len(name), len(extra))
    return b"PK\x03\x04" + struct.pack("<5H3I2H", *fields) + name + extra


class Section(io.RawIOBase):
    """A member that is being written: a file object that begins where the member begins.

    Args:
        archive: the archive.
        name: the member's.
    """

    def __init__(self, archive: ArchiveWriter, name: str) -> None:
        super().__init__()
        self._archive, self._file, self._name = archive, archive._file, name.encode()
        self._head = self._file.tell()
        self._start = self._head + len(_local(self._name, 0, 0))
        self._place = self._size = 0
        # HDF5 does not survive an exception while it writes: the first is raised at the end
        self._failure: OSError | None = None
        self._file.write(_local(self._name, 0, 0))
        self._file.flush()

    @property
    def number(self) -> int:
        """Of the open archive."""
        return self._file.fileno()

    @property
    def start(self) -> int:
        """Place of the member's first byte in the archive."""
        return self._start

    @property
    def size(self) -> int:
        """Bytes of the member so far."""
        return self._size

    def __enter__(self) -> Section:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if self._failure is not None:
            raise self._failure
        if kind is None:
            self._finish()

    def _finish(self) -> None:
        """Puts size and checksum in front of the member."""
        number = self._file.fileno()
        os.ftruncate(number, self._start + self._size)
        with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as whole, memoryview(whole) as view:
            crc = zlib.crc32(view[self._start :])
        self._file.seek(self._head)
        self._file.write(_local(self._name, crc, self._size))
        self._file.seek(self._start + self._size)
        self._archive._members.append((self._name, crc, self._size, self._head))

    def readable(self) -> bool:
        """True."""
        return True

    def writable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Copies what was written."""
        done = os.preadv(self._file.fileno(), [buffer], self._start + self._place)
        self._place += done
        return done

    def write(self, data: Any) -> int:
        """Writes all of the data."""
        view, done = memoryview(data).cast("B"), 0
        while done < len(view) and self._failure is None:
            part = view[done : done + 2**30]
            try:
                done += os.pwrite(self._file.fileno(), part, self._start + self._place + done)
            except OSError as error:
                self._failure = error
        self._place += len(view)
        self._size = max(self._size, self._place)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Changes the size."""
        self._size = self._place if size is None else size
        try:
            os.ftruncate(self._file.fileno(), self._start + self._size)
        except OSError as error:
            self._failure = self._failure or error
        return self._size

    def flush(self) -> None:
        """Nothing: every write goes to the file at once."""
