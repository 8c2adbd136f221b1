"""Read npz and tar archives without trusting what they declare, and without extracting anything.

Sizes are compared before memory is taken: what the array's header says against what the archive
says against what the caller allows. Lists of unequal length, which npz can only hold as a pickle,
go through the restricted reader of `unpickle`, and only where the caller expects them.
"""

from __future__ import annotations

import math
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.lib import format as npy

from .errors import FormatError
from .split import Array
from .unpickle import read_pickle

__all__ = ["LIMIT", "Shape", "read_npz", "read_tar"]

LIMIT = 1 << 30  # bytes one member may take unpacked; the largest of our files takes 47 MB

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
            return tuple(
                _member(archive, path, name, shape, name in lists) for name, shape in wanted.items()
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FormatError(f"The file {path} is no intact npz archive: {error}.") from error


def _member(archive: zipfile.ZipFile, path: Path, name: str, shape: Shape, lists: bool) -> Array:
    where = f"The array {name!r} in {path}"
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        names = sorted(entry.removesuffix(".npy") for entry in archive.namelist())
        raise FormatError(f"{where} is missing; the archive holds {names}.") from None
    if info.file_size > LIMIT:
        raise FormatError(f"{where} declares {info.file_size} bytes; at most {LIMIT} are read.")
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
    expected = math.prod(found) * dtype.itemsize
    if expected != size - stream.tell():
        raise FormatError(
            f"{where} declares {expected} bytes of data but holds {size - stream.tell()}."
        )
    values = np.frombuffer(bytearray(stream.read()), dtype=dtype)
    if values.nbytes != expected:
        raise FormatError(f"{where} ends after {values.nbytes} of {expected} bytes.")
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
        with tarfile.open(path, "r:gz") as archive:
            entries = {}
            total = 0
            for entry in archive:  # one by one, so that a bomb is noticed before it is unpacked
                total += max(entry.size, 0)
                if total > limit:
                    raise FormatError(f"The archive {path} unpacks to more than {limit} bytes.")
                _check_entry(entry, path)
                entries[entry.name] = entry
            missing = sorted(set(wanted) - set(entries))
            if missing:
                raise FormatError(f"The archive {path} lacks {missing}; it has {sorted(entries)}.")
            return {name: _content(archive, entries[name], path) for name in wanted}
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise FormatError(f"The file {path} is no intact tar.gz archive: {error}.") from error


def _check_entry(entry: tarfile.TarInfo, path: Path) -> None:
    parts = entry.name.replace("\\", "/").split("/")
    if not (entry.isreg() or entry.isdir()) or ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise FormatError(
            f"The archive {path} holds the unsafe entry {entry.name!r}; nothing of it is read."
        )


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> bytes:
    stream = archive.extractfile(entry)
    data = stream.read() if stream else b""
    if len(data) != entry.size:
        raise FormatError(f"The file {entry.name!r} in {path} is cut off.")
    return data
