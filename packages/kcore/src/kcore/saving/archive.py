"""Zip archives that somebody else wrote: members judged together before one byte is inflated."""

from __future__ import annotations

import codecs
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kcore.errors import LoadError
from kcore.saving.archive_writer import DIGITS, SEAL
from kcore.saving.stored import Span

# names without a mark are in this encoding: its module is imported now, never for a file's sake
codecs.lookup("cp437")
# a member may be so many times larger than what the archive stores of it, or so large
_MOST_INFLATION = 100
_ALWAYS_ALLOWED = 16 * 2**20
_MOST_MEMBERS = 10_000
_HEADER = 30
# bytes read at once to compute a checksum
_STEP = 2**20


class Archive:
    """A zip archive, judged as a whole.

    Args:
        path: the file.

    Raises:
        LoadError: if it is damaged, or a member has an unsafe name, is no plain file, is there
            twice, is encrypted, or would take far more room than it has stored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise LoadError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._members = {info.filename: info for info in self._zip.infolist()}
            self._judge(self._zip.infolist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, KeyError) as error:
            self._file.close()
            if isinstance(error, LoadError):
                raise
            raise LoadError(
                f"{path} is no zip archive, or its directory at the end is damaged: {error}."
            ) from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _judge(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > _MOST_MEMBERS or len(self._members) < len(infos):
            raise LoadError(
                f"{self.path}: the directory names {len(infos)} members, {len(self._members)} of "
                "them with names of their own; a model's archive has few, each once."
            )
        for info in infos:
            parts = info.filename.split("/")
            kind = info.external_attr >> 28
            if info.filename.startswith("/") or "\\" in info.filename or ".." in parts:
                raise LoadError(f"{self.path}: member {info.filename!r} has an unsafe name.")
            if kind not in (0, 4, 8):  # neither nothing said, nor a folder, nor a plain file
                raise LoadError(f"{self.path}: member {info.filename!r} is no plain file.")
            if info.flag_bits & 1:
                raise LoadError(f"{self.path}: member {info.filename!r} is encrypted.")
            allowed = max(_ALWAYS_ALLOWED, _MOST_INFLATION * info.compress_size)
            if info.file_size > allowed:
                raise LoadError(
                    f"{self.path}: member {info.filename!r} would take {info.file_size} bytes; the "
                    f"archive stores only {info.compress_size} of them."
                )
        end = 0
        for info in sorted(infos, key=lambda i: i.header_offset):
            if info.header_offset < end:
                raise LoadError(f"{self.path}: member {info.filename!r} lies inside another one.")
            end = info.header_offset + _HEADER + len(info.filename) + info.compress_size

    @property
    def sealed(self) -> bool:
        """Whether the comment is that of our writer, so that there is a structure to check."""
        return self._zip.comment.startswith(SEAL[: SEAL.index(b":")])

    def check_structure(self) -> None:
        """Compares all that is no member's content with the checksum in an archive of ours.

        An archive without a comment was written by another program, and has none.

        Raises:
            LoadError: if it is damaged.
        """
        comment, size = self._zip.comment, os.fstat(self._file.fileno()).st_size
        # the length of the comment is the last that stands in front of it
        if not comment and os.pread(self._file.fileno(), 2, size - 2) == bytes(2):
            return
        crc, place = 0, 0
        for info in sorted(self._members.values(), key=lambda i: i.header_offset):
            start = self._start(info)
            crc = _crc32(self._file.fileno(), place, start, crc)
            place = start + info.compress_size
        crc = _crc32(self._file.fileno(), place, size - DIGITS, crc)
        if comment != SEAL % crc:
            raise LoadError(
                f"{self.path}: the structure of the archive (headers and list of members) is "
                "damaged (wrong checksum). If another program has changed the archive on purpose, "
                "have it remove the archive's comment."
            )

    def names(self) -> list[str]:
        """The members' names."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of a member, checked against its checksum.

        Raises:
            LoadError: if there is no such member, or it is damaged.
        """
        info = self._info(name)
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
            raise LoadError(f"{self.path}: member {name!r} is damaged: {error}.") from error
        if len(data) != info.file_size:
            raise LoadError(
                f"{self.path}: member {name!r} is damaged: it has {len(data)} bytes in place of "
                f"{info.file_size}."
            )
        return data

    def open(self, name: str, vouched: Callable[[Span], Any] = lambda span: None) -> Any:
        """A member as a file object, checked against its checksum; in memory only if compressed.

        Args:
            name: the member's.
            vouched: what has a checksum of the content, which will be compared so that this one
                need not be, or None; the part has it as `seal`.

        Raises:
            LoadError: if there is no such member, or it is damaged.
        """
        info = self._info(name)
        if info.compress_type != zipfile.ZIP_STORED:
            return io.BytesIO(self.read(name))
        part = Part(Span(self._file.fileno(), self._start(info), info.file_size))
        if info.file_size == info.compress_size:
            part.seal = vouched(part.span)
            if part.seal is not None:
                return part
        if info.file_size != info.compress_size or part.checksum() != info.CRC:
            raise LoadError(f"{self.path}: member {name!r} is damaged (wrong checksum).")
        return part

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self._members.get(name)
        if info is None:
            raise LoadError(
                f"{self.path} has no member {name!r}; it holds {', '.join(self.names()[:8])}."
            )
        return info

    def _start(self, info: zipfile.ZipInfo) -> int:
        """The place of a member's first byte, behind its header."""
        head = os.pread(self._file.fileno(), _HEADER, info.header_offset)
        if len(head) < _HEADER or head[:4] != b"PK\x03\x04":
            raise LoadError(f"{self.path}: member {info.filename!r} has no header.")
        length, extra = (int.from_bytes(head[i : i + 2], "little") for i in (26, 28))
        name = os.pread(self._file.fileno(), length, info.header_offset + _HEADER)
        if name != info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437"):
            raise LoadError(f"{self.path}: member {info.filename!r} has two names: also {name!r}.")
        return info.header_offset + _HEADER + length + extra


def _crc32(number: int, start: int, end: int, found: int = 0) -> int:
    """The CRC-32 of a part of an open file; of what is there, if the file is shorter."""
    buffer = memoryview(bytearray(_STEP))
    while start < end:
        window = buffer[: min(_STEP, end - start)]
        done = os.preadv(number, [window], start)
        if not done:
            break
        found = zlib.crc32(window[:done], found)
        start += done
    return found


class Part(io.RawIOBase):
    """A part of an open file, as a file object that begins where the part begins.

    Args:
        span: the part.
    """

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span
        self.seal: Any = None
        self._number, self._start, self._size = span.number, span.start, span.size
        self._place = 0

    def checksum(self) -> int:
        """The CRC-32 of all bytes; of those that are there, if the file is shorter."""
        return _crc32(self._number, self._start, self._start + self._size)

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Copies what fits."""
        window = memoryview(buffer).cast("B")[: max(0, self._size - self._place)]
        done = 0
        while done < len(window):
            part = os.preadv(self._number, [window[done:]], self._start + self._place + done)
            if not part:
                break
            done += part
        self._place += done
        return done
