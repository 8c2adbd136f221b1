"""Read npz and tar archives without trusting what they declare, and without extracting anything.

Sizes are compared before memory is taken: what the array's header says against what the archive
says against what the caller allows. Lists of unequal length, which npz can only hold as a pickle,
go through the restricted reader of `unpickle`, and only where the caller expects them.
"""

from __future__ import annotations

import gzip
import math
import tarfile
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.lib import format as npy

from .errors import FormatError
from .split import Array
from .unpickle import read_pickle

__all__ = ["LIMIT", "Shape", "read_npz", "read_tar"]

LIMIT = 1 << 28  # bytes one member may take unpacked; the largest of our files takes 47 MB
_MOST_ENTRIES = 10_000  # of an archive; ours have ten
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what numpy writes
_NUMBERS = "biuf"  # kinds of numpy's types

# A wanted shape; None fits any size.
Shape: TypeAlias = tuple[int | None, ...]


def read_npz(
    path: Path, wanted: Mapping[str, Shape], lists: Collection[str] = ()
) -> tuple[Array, ...]:
    """Read arrays from an npz archive.

    Args:
        path: The archive.
        wanted: Name and shape of each array to read; None in a shape fits any size.
        lists: Names of the arrays that may hold lists of numbers instead of numbers.

    Returns:
        The arrays, in the order of `wanted`, writable.

    Raises:
        FormatError: If the file is no npz archive, lacks an array, is damaged, or an array has
            another shape, holds objects where it should not, or declares another size than it has.

    Example:
        >>> read_npz(Path("mnist.npz"), {"y_test": (10000,)})  # doctest: +SKIP
        (array([7, 2, 1, ..., 4, 5, 6], dtype=uint8),)
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_names(archive, path)
            return tuple(
                _member(archive, path, name, shape, name in lists) for name, shape in wanted.items()
            )
    except FormatError:
        raise
    except Exception as error:  # a damaged archive raises almost anything
        reason = f"{type(error).__name__}: {error}"
        raise FormatError(f"The file {path} is no intact npz archive: {reason}.") from error


def _check_names(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuses an archive with names that lead out of it, or two members of one name."""
    seen: set[str] = set()
    for info in archive.infolist():
        if not _is_safe(info.filename):
            name = f"{info.filename!r}"
            raise FormatError(f"The archive {path} holds the unsafe name {name}; it is not read.")
        if info.filename in seen:
            raise FormatError(f"The archive {path} holds two members {info.filename!r}.")
        seen.add(info.filename)


def _is_safe(name: str) -> bool:
    """Whether a name stays below the folder in which an archive would be unpacked."""
    parts = name.replace("\\", "/").split("/")
    return ".." not in parts and parts[0] != "" and ":" not in parts[0]


def _member(archive: zipfile.ZipFile, path: Path, name: str, shape: Shape, lists: bool) -> Array:
    where = f"The array {name!r} in {path}"
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        names = sorted(entry.removesuffix(".npy") for entry in archive.namelist())
        raise FormatError(f"{where} is missing; the archive holds {names}.") from None
    if info.file_size > LIMIT:
        raise FormatError(f"{where} declares {info.file_size} bytes; at most {LIMIT} are read.")
    if info.flag_bits & 1 or info.compress_type not in _PACKINGS:
        raise FormatError(f"{where} is encrypted, or packed in another way than numpy packs.")
    with archive.open(info) as stream:
        return _array(stream, info.file_size, where, shape, lists)


def _array(stream: IO[bytes], size: int, where: str, shape: Shape, lists: bool) -> Array:
    found, fortran, dtype = _header(stream, where)
    fits = len(found) == len(shape) and all(
        want in (None, have) for want, have in zip(shape, found, strict=True)
    )
    if not fits:
        raise FormatError(f"{where} should have the shape {shape}; it has {found}.")
    if dtype.hasobject and lists:
        return _lists(stream.read(), where, found)
    if dtype.hasobject:
        raise FormatError(f"{where} should hold numbers; it holds Python objects, which are code.")
    if dtype.kind not in _NUMBERS:
        raise FormatError(f"{where} should hold numbers; it holds {dtype}.")
    expected = math.prod(found) * dtype.itemsize
    if expected != size - stream.tell():
        raise FormatError(
            f"{where} declares {expected} bytes of data but holds {size - stream.tell()}."
        )
    values = np.empty(math.prod(found), dtype)
    place: Any = values.reshape(-1).view(np.uint8)
    done = 0
    while done < expected:
        part = stream.readinto(place[done:])  # type: ignore[attr-defined]
        if not part:
            raise FormatError(f"{where} ends after {done} of {expected} bytes.")
        done += part
    stream.read(1)  # the end, where the checksum is compared
    return values.reshape(found, order="F" if fortran else "C")


def _lists(data: bytes, where: str, shape: tuple[int, ...]) -> Array:
    array = read_pickle(data, where)
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != object:
        raise FormatError(f"{where} should hold {shape} lists of numbers; it holds something else.")
    for index, item in enumerate(array):
        if type(item) is not list or not set(map(type, item)) <= {int}:
            raise FormatError(f"{where} should hold lists of whole numbers; item {index} is none.")
    return array


def _header(stream: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    try:
        version = npy.read_magic(stream)
        if version == (1, 0):
            return npy.read_array_header_1_0(stream)
        if version == (2, 0):
            return npy.read_array_header_2_0(stream)
    except Exception as error:  # numpy lets its tokenizer's many errors through
        raise FormatError(f"{where} has no valid header: {error}.") from error
    raise FormatError(f"{where} has the npy version {version}; 1.0 and 2.0 can be read.")


def read_tar(path: Path, wanted: Collection[str], limit: int) -> dict[str, bytes]:
    """Read files of a gzip-compressed tar archive into memory; nothing is written anywhere.

    All entries are judged before one is read, and one unsafe entry refuses the whole archive.

    Args:
        path: The archive.
        wanted: Names of the files to read.
        limit: Bytes that all entries together may take unpacked.

    Returns:
        The content of each wanted file.

    Raises:
        FormatError: If the archive is damaged or too large, lacks a file, or holds an absolute
            path, a path upwards, a link or a device.

    Example:
        >>> read_tar(Path("cifar.tar.gz"), ["a/b"], 10**9)  # doctest: +SKIP
    """
    try:
        with gzip.open(path) as packed:
            stream = _Bounded(packed, limit, path)
            found = _entries(stream, path, frozenset(wanted), limit)
            stream.drain()
    except FormatError:
        raise
    except Exception as error:  # a damaged archive raises almost anything
        reason = f"{type(error).__name__}: {error}"
        raise FormatError(f"The file {path} is no intact tar.gz archive: {reason}.") from error
    return {name: found[name] for name in wanted}


def _entries(stream: Any, path: Path, wanted: Collection[str], limit: int) -> dict[str, bytes]:
    """The wanted files, read on the one way through the archive."""
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    total = 0
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        kept: Any = archive
        for entry in archive:
            _check_entry(entry, path)
            total += entry.size
            if total > limit:
                raise FormatError(f"The archive {path} unpacks to more than {limit} bytes.")
            if entry.name in seen or len(seen) >= _MOST_ENTRIES:
                raise FormatError(
                    f"The archive {path} holds two entries {entry.name!r}, or more than "
                    f"{_MOST_ENTRIES} entries."
                )
            seen.add(entry.name)
            if entry.name in wanted:
                found[entry.name] = _content(archive, entry, path)
            kept.members.clear()  # each entry would be
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise FormatError(f"The archive {path} lacks {missing}; it has {sorted(seen)}.")
    return found


class _Bounded:
    """Unpacks up to a number of bytes, headers of the archive included.

    Args:
        stream: what unpacks.
        limit: bytes of content.
        path: for errors.
    """

    def __init__(self, stream: Any, limit: int, path: Path) -> None:
        self.stream = stream
        self.path = path
        self.left = limit + 1024 * _MOST_ENTRIES + (1 << 20)

    def read(self, size: int) -> bytes:
        """At most so many bytes."""
        if size > self.left:
            raise FormatError(f"The archive {self.path} unpacks to more than it may.")
        data: bytes = self.stream.read(size)
        self.left -= len(data)
        return data

    def drain(self) -> None:
        """Reads to the end, where the checksum is compared."""
        while self.read(1 << 16):
            continue


def _check_entry(entry: tarfile.TarInfo, path: Path) -> None:
    plain = entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE)
    if not plain or entry.size < 0 or not _is_safe(entry.name):
        raise FormatError(
            f"The archive {path} holds the unsafe entry {entry.name!r}; nothing of it is read."
        )


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> bytes:
    stream = archive.extractfile(entry)
    data = stream.read() if stream else b""
    if len(data) != entry.size:
        raise FormatError(f"The file {entry.name!r} in {path} is cut off.")
    return data
