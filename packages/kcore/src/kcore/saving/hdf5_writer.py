"""Writing an HDF5 file: the library makes the structure, several threads write the numbers.

Each array gets its place in the file first, and its bytes go there past the library, while the
system already brings to the disk what was written before. Attributes, checksums and the seal are
those of a file that the library wrote.
"""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kcore.saving import hdf5, seal
from kcore.saving.archive_writer import Section
from kcore.saving.checksums import ROW, Sum, crc32, octets
from kcore.saving.stored import THREADS, Span, StoredArray

# HDF5 keeps at most 64 KiB in one attribute; longer lists go on in name0, name1 ...
_ATTRIBUTE_BYTES = 64512
# bytes that one thread writes at once
_STEP = 2048 * ROW
# bytes of structure for an array and the groups it is in; large arrays begin at a page
_STRUCTURE, _LARGE, _PAGE = 1500, 2**20, 4096


class Hdf5Writer:
    """A new HDF5 file, or one inside an archive; a context, whose end writes the arrays.

    Args:
        target: the new file, or the section of an archive.
        count: how many arrays there will be, about.

    Attributes:
        file: the file as h5py has it, for groups and attributes.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.h5"
        >>> with Hdf5Writer(path, 1) as writer:
        ...     writer.array(writer.file, "x", np.ones(3))
        >>> h5py.File(path)["x"][:].tolist()
        [1.0, 1.0, 1.0]
    """

    def __init__(self, target: Path | Section, count: int) -> None:
        self._target = target
        self.file = h5py.File(
            target,
            "w",
            meta_block_size=max(2048, _STRUCTURE * count),
            alignment_threshold=_LARGE,
            alignment_interval=_PAGE,
        )
        self._waiting: list[tuple[str, int, Any]] = []
        self._lists: dict[str, dict[str, list[str]]] = {}

    def __enter__(self) -> Hdf5Writer:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        try:
            arrays = self._finish() if kind is None else None
        finally:
            self.file.close()
        if arrays is not None:
            self._seal(arrays)

    def array(self, group: Any, name: str, value: Any) -> None:
        """Makes room for an array, which must not change before the end.

        Args:
            group: where it belongs.
            name: path below the group.
            value: the array.
        """
        array = np.asarray(hdf5.plain(value), order="C")
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_layout(h5py.h5d.CONTIGUOUS)
        layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        parent, _, last = name.rpartition("/")
        holder = group.require_group(parent) if parent else group
        kind = h5py.h5t.py_create(array.dtype, logical=True)
        space = h5py.h5s.create_simple(array.shape) if array.shape else h5py.h5s.create(0)
        made = h5py.h5d.create(holder.id, last.encode(), kind, space, layout)
        path = f"{holder.name.rstrip('/')}/{last}"
        self._waiting.append((path, made.get_offset() or 0, array))

    def names(self, group: Any, name: str, values: list[str]) -> None:
        """Writes names as an attribute of a group, or as several if they are long."""
        self._lists.setdefault(group.name.rstrip("/"), {})[name] = values
        encoded = np.array([v.encode() for v in values]) if values else np.array([], dtype="S1")
        if encoded.nbytes <= _ATTRIBUTE_BYTES:
            group.attrs[name] = encoded
            return
        parts = np.array_split(encoded, -(-encoded.nbytes // _ATTRIBUTE_BYTES))
        for number, part in enumerate(parts):
            group.attrs[f"{name}{number}"] = part

    def _finish(self) -> list[StoredArray]:
        """Writes all arrays, then their checksums and those of all texts."""
        sums = self._write()
        found = [
            StoredArray(name, array.shape, array.dtype, offset, own.value())
            for (name, offset, array), own in zip(self._waiting, sums, strict=True)
        ]
        texts = {f"@{n}": crc32(v) for n, v in self.file.attrs.items() if isinstance(v, str)}
        arrays = {a.name: a.sum for a in found}
        self.file.attrs[hdf5.SUMS] = json.dumps({**hdf5.METHOD, **arrays, **texts})
        self.file.attrs[seal.PROMISE] = np.frombuffer(seal.BLANK, "<u8")
        return found

    def _write(self) -> list[Sum]:
        number, start, close = self._opened()
        sums = [Sum(array.nbytes) for _, _, array in self._waiting]
        tasks: deque[_Task] = deque()
        for (_, offset, array), own in zip(self._waiting, sums, strict=True):
            data = octets(array)
            for first in range(0, max(data.size, 1), _STEP):
                piece = data[first : first + _STEP]
                tasks.append(_Task(start + offset + first, piece, own, first))
        try:
            _work_off(number, tasks)
        finally:
            if close:
                os.close(number)
        return sums

    def _opened(self) -> tuple[int, int, bool]:
        """Number of the open file, place of the HDF5 file in it, whether to close it."""
        if isinstance(self._target, Section):
            return self._target.number, self._target.start, False
        return os.open(self._target, os.O_RDWR), 0, True

    def _seal(self, arrays: list[StoredArray]) -> None:
        """Writes the seal behind the file, which the library has left."""
        number, start, close = self._opened()
        try:
            target = self._target
            size = target.size if isinstance(target, Section) else os.fstat(number).st_size
            span = Span(number, start, size)
            place, value = seal.promise(span, arrays)
            _put(number, memoryview(value), start + place)
            text = seal.make(span, self._lists, arrays)
            if isinstance(target, Section):
                target.seek(size)
                target.write(text)
            else:
                _put(number, memoryview(text), size)
        finally:
            if close:
                os.close(number)


@dataclass
class _Task:
    """A piece of an array and its place in the file."""

    place: int
    data: Any
    sum: Sum
    first: int


def _work_off(number: int, tasks: deque[_Task]) -> None:
    """Writes pieces by several threads; the first error ends all and is raised."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while tasks and not failures:
                task = tasks.popleft()
                task.sum.add(task.first, task.data)
                _put(number, memoryview(task.data), task.place)
                if hasattr(os, "posix_fadvise"):  # the disk begins while the rest is written
                    os.posix_fadvise(number, task.place, task.data.size, os.POSIX_FADV_DONTNEED)
        except IndexError:  # another thread took the last one
            pass
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _put(number: int, data: memoryview, place: int) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(number, data[done:], place + done)


def space_for(variables: Iterable[Any]) -> int:
    """Bytes that an HDF5 file of these variables takes at most.

    The library crashes the process when a write fails, so the space is to be had first.
    """
    wide = ("int64", "uint64", "float64")
    sizes: list[int] = [v.size * (8 if v.dtype in wide else 4) + 2 * _PAGE for v in variables]
    return sum(sizes) + _PAGE
