"""Zip archives that somebody else wrote: members judged together before one byte is inflated."""

from __future__ import annotations

import io
import mmap
import os
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kcore.errors import LoadError

# a member may be so many times larger than what the archive stores of it, or so large
_MOST_INFLATION = 100
_ALWAYS_ALLOWED = 16 * 2**20
_MOST_MEMBERS = 10_000


class Archive:
    """A zip archive, judged and mapped into memory.

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
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, KeyError) as error:
            self._file.close()
            if isinstance(error, LoadError):
                raise
            raise LoadError(f"{path} is no zip archive, or it is damaged: {error}.") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _judge(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > _MOST_MEMBERS or len(self._members) < len(infos):
            raise LoadError(
                f"{self.path} holds {len(infos)} members, {len(self._members)} of them with names "
                "of their own; a model's archive has few, each once."
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

    def names(self) -> list[str]:
        """The members' names."""
        return list(self._members)

    def read(self, name: str) -> Any:
        """The bytes of a member, checked against its checksum; a view where it is not compressed.

        Raises:
            LoadError: if there is no such member, or it is damaged.
        """
        info = self._members.get(name)
        if info is None:
            raise LoadError(
                f"{self.path} has no member {name!r}; it holds {', '.join(self.names()[:8])}."
            )
        if info.compress_type == zipfile.ZIP_STORED:
            return self._stored(info)
        try:
            return self._inflated(info)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
            raise LoadError(f"{self.path}: member {name!r} is damaged: {error}.") from error

    def _stored(self, info: zipfile.ZipInfo) -> memoryview:
        start = info.header_offset
        head = self._map[start : start + 30]
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise LoadError(f"{self.path}: member {info.filename!r} has no header.")
        lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        first = start + 30 + lengths
        view = memoryview(self._map)[first : first + info.file_size]
        if len(view) < info.file_size or zlib.crc32(view) != info.CRC:
            raise LoadError(f"{self.path}: member {info.filename!r} is damaged (wrong checksum).")
        return view

    def _inflated(self, info: zipfile.ZipInfo) -> bytes:
        with self._zip.open(info) as stream:
            data = stream.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise zipfile.BadZipFile(f"{len(data)} bytes in place of {info.file_size}")
        return data


class View(io.RawIOBase):
    """A file object over bytes that are in memory anyway; nothing is copied to open it.

    Args:
        data: the bytes.
    """

    def __init__(self, data: Any) -> None:
        super().__init__()
        self._data = memoryview(data)
        self._place = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: len(self._data)}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Copies what fits."""
        part = self._data[self._place : self._place + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)


def write(path: Path, members: Iterable[tuple[str, Any]]) -> None:
    """Writes an archive of uncompressed members.

    Args:
        path: the new file.
        members: name and content: bytes, or the path of a file.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            if isinstance(content, Path):
                archive.write(content, name)
            else:
                archive.writestr(name, content)
