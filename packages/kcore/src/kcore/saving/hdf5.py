"""HDF5 files that somebody else wrote: hard links to plain arrays, judged before they are read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kcore.errors import KcoreError, LoadError
from kcore.saving import plain as plain_json

_SUMS = "kcore_checksums"
# bytes of an HDF5 file beside the numbers, of the file and of each array
_OVERHEAD = 4096
# an array may be so many times larger than what the file stores of it (compression), or so large
_MOST_INFLATION = 100
_ALWAYS_ALLOWED = 16 * 2**20
_ALIGNMENT = 64
# the filters that HDF5 and h5py bring along: deflate, shuffle, fletcher32, lzf
_FILTERS = {1, 2, 3, 32000}
# the longest attribute that holds a text or names
_LONGEST_ATTRIBUTE = 256 * 2**20

Assignment = tuple[Any, Any]


@dataclass
class Derived:
    """An array to be made of data sets that are not read yet.

    Args:
        parts: the data sets.
        shape: of the array.
        make: from their arrays.
    """

    parts: Sequence[Any]
    shape: Any
    make: Callable[..., Any]


class MismatchError(LoadError):
    """An array has another shape than the weight it belongs to."""


@contextmanager
def opened(source: Any, place: str) -> Iterator[Any]:
    """An HDF5 file for reading; every error of the library names the place.

    Args:
        source: path, or binary file object.
        place: for errors.

    Raises:
        LoadError: if it is no HDF5 file, or is damaged.
    """
    try:
        with h5py.File(source, "r") as file:
            yield file
    except KcoreError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise LoadError(f"{place} is no HDF5 file, or it is damaged: {error}") from error


def space_for(variables: Iterable[Any]) -> int:
    """Bytes that an HDF5 file of these variables takes at most.

    The library crashes the process when a write fails, so the space is to be had first.
    """
    wide = ("int64", "uint64", "float64")
    sizes: list[int] = [v.size * (8 if v.dtype in wide else 4) + _OVERHEAD for v in variables]
    return sum(sizes) + _OVERHEAD


def member(parent: Any, name: str, kind: Any, place: str) -> Any:
    """A group or data set reached by hard links only: nothing outside the file is ever opened.

    Raises:
        LoadError: if it is missing, a link, or something else.
    """
    found = parent
    for step in name.split("/"):
        if step in ("", ".", ".."):
            raise LoadError(f"{place}: {name!r} is no name inside the file.")
        link = found.get(step, getlink=True) if isinstance(found, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            what = "is missing" if link is None else f"is a {type(link).__name__}, which is refused"
            raise LoadError(f"{place}: {found.name}/{step} {what}.")
        found = found[step]
    if not isinstance(found, kind):
        raise LoadError(
            f"{place}: {found.name} is a {type(found).__name__}; expected {_kind_name(kind)}."
        )
    return found


def group(parent: Any, name: str, place: str) -> Any:
    """A group reached by hard links only."""
    return member(parent, name, h5py.Group, place)


def plan(parent: Any, name: str, variable: Any, owner: str, place: str) -> Assignment:
    """A variable with the data set that holds its value, judged by everything but its numbers.

    Raises:
        LoadError: if it is no plain array of numbers of the variable's shape.
    """
    data = member(parent, name, h5py.Dataset, place)
    check_fits(data, variable, owner, place)
    return variable, data


def check_fits(data: Any, variable: Any, owner: str, place: str) -> None:
    """Compares a data set, or what is to be made of some, with the weight it belongs to.

    Raises:
        LoadError: if it is no plain array of numbers of the variable's shape.
    """
    if isinstance(data, Derived):
        for part in data.parts:
            check_plain(part, place)
            _check_kind(part, variable, owner, place)
        if tuple(data.shape) != variable.shape:
            raise MismatchError(
                f"{place}: {data.parts[0].name} becomes an array of shape {tuple(data.shape)}; "
                f"weight {variable.path!r} of {owner} has shape {variable.shape}."
            )
        return
    shape = data.shape
    if shape is None or tuple(shape) != variable.shape:
        raise MismatchError(
            f"{place}: {data.name} has shape {shape}; weight {variable.path!r} of {owner} has "
            f"shape {variable.shape}."
        )
    check_plain(data, place)
    _check_kind(data, variable, owner, place)


def _check_kind(data: Any, variable: Any, owner: str, place: str) -> None:
    if variable.dtype == "string":
        raise LoadError(f"{place}: weight {variable.path!r} of {owner} cannot be made of text.")
    floats = variable.dtype.startswith(("float", "bfloat"))
    if floats and data.dtype.kind != "f":
        raise LoadError(
            f"{place}: {data.name} holds {data.dtype}; weight {variable.path!r} of {owner} is "
            f"{variable.dtype}."
        )


def check_plain(data: Any, place: str) -> None:
    """Refuses what is no plain array of numbers, or would take far more room than it has stored.

    Raises:
        LoadError: if so.
    """
    if data.dtype.kind not in "fiub" or data.is_virtual or data.external:
        raise LoadError(
            f"{place}: {data.name} is no plain array of numbers (dtype {data.dtype}, "
            f"virtual {data.is_virtual}, external {bool(data.external)})."
        )
    filters = {data.id.get_create_plist().get_filter(i)[0] for i in range(_filter_count(data))}
    if not filters <= _FILTERS:  # HDF5 would look for a library with that filter and load it
        raise LoadError(
            f"{place}: {data.name} is packed by the filters {sorted(filters)}; known are "
            f"{sorted(_FILTERS)}."
        )
    stored = data.id.get_storage_size()
    if data.nbytes and not _is_stored(data, stored):
        raise LoadError(
            f"{place}: {data.name} is declared with {data.nbytes} bytes, of which the file stores "
            f"{stored}; the rest was never written."
        )
    if data.nbytes > max(_ALWAYS_ALLOWED, _MOST_INFLATION * stored):
        raise LoadError(
            f"{place}: {data.name} would take {data.nbytes} bytes, but the file stores only "
            f"{stored} of them."
        )


def _parts(data: Any) -> list[Any]:
    return list(data.parts) if isinstance(data, Derived) else [data]


def _filter_count(data: Any) -> int:
    return int(data.id.get_create_plist().get_nfilters())


def _is_stored(data: Any, stored: int) -> bool:
    """Whether every number was written: HDF5 makes up the others."""
    if data.chunks is None:
        return bool(stored >= data.nbytes)
    counts = [-(-size // part) for size, part in zip(data.shape, data.chunks, strict=True)]
    return bool(data.id.get_num_chunks() == np.prod(counts))


def _check_together(sources: Sequence[Any], place: str) -> None:
    """Refuses data sets that are there twice, or together take far more room than is stored."""
    places: dict[Any, str] = {}
    for data in sources:
        key = h5py.h5o.get_info(data.id).addr
        if key in places:
            raise LoadError(f"{place}: {data.name} and {places[key]} are the same array.")
        places[key] = data.name
    wanted = sum(data.nbytes for data in sources)
    stored = sum(data.id.get_storage_size() for data in sources)
    if wanted > _ALWAYS_ALLOWED + _MOST_INFLATION * stored:
        raise LoadError(
            f"{place}: the arrays would take {wanted} bytes together, but the file stores only "
            f"{stored} of them."
        )


def read_all(pairs: Sequence[Assignment], place: str) -> list[Assignment]:
    """The arrays of all variables, compared with their checksums; nothing is assigned yet.

    Raises:
        LoadError: if one cannot be read, or was changed since it was written.
    """
    if not pairs:
        return []
    sources = [part for _, data in pairs for part in _parts(data)]
    sums = _sums(sources[0].file, place)
    _check_together(sources, place)
    found: list[Assignment] = []
    with Checksums() as computed:
        for variable, data in pairs:
            if isinstance(data, Derived):
                made = data.make(*(_read(part, place) for part in data.parts))
                found.append((variable, np.ascontiguousarray(made)))
                continue
            array = _read(data, place)
            found.append((variable, array))
            if sums:
                computed.add(data.name, array)
    for name, value in computed.values().items():
        if sums.get(name) != value:
            raise LoadError(f"{place}: {name} is damaged (wrong checksum).")
    return found


def _read(data: Any, place: str) -> Any:
    """The numbers of a data set, in memory that a tensor can take over as it is."""
    try:
        if not data.nbytes or not data.shape:
            return np.asarray(data[()])
        array = aligned(data.shape, data.dtype.newbyteorder("="))
        data.read_direct(array)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        raise LoadError(f"{place}: {data.name} cannot be read: {error}") from error
    return array


def aligned(shape: Any, dtype: Any) -> Any:
    """An array of unknown numbers whose memory begins where devices want it to."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    memory = np.empty(size + _ALIGNMENT, "uint8")
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(kind).reshape(shape)


class Checksums:
    """Checksums computed beside the reading or writing that goes on meanwhile."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._running: dict[str, Future[int]] = {}

    def __enter__(self) -> Checksums:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def add(self, name: str, value: Any) -> None:
        """Starts with an array, which must not change before `values`."""
        self._running[name] = self._pool.submit(checksum, value)

    def values(self) -> dict[str, int]:
        """All checksums by name."""
        return {name: future.result() for name, future in self._running.items()}


def checksum(value: Any) -> int:
    """The CRC-32 of an array's or a text's bytes."""
    if isinstance(value, str):
        return zlib.crc32(value.encode())
    data: Any = np.asarray(value, order="C").reshape(-1).view("uint8")
    return zlib.crc32(data)


def create(group: Any, name: str, value: Any, sums: Checksums | None) -> None:
    """Writes an array; its checksum goes into `sums`."""
    array = np.asarray(plain(value), order="C")
    made = group.create_dataset(name, data=array)
    if sums is not None:
        sums.add(made.name, array)


def write_sums(file: Any, sums: Checksums) -> None:
    """Adds the checksums of arrays, and of all texts, to a file of ours."""
    texts = {f"@{n}": checksum(v) for n, v in file.attrs.items() if isinstance(v, str)}
    file.attrs[_SUMS] = json.dumps({**sums.values(), **texts})


def _sums(file: Any, place: str) -> dict[str, Any]:
    """The checksums in a file of ours; none in a file of somebody else's."""
    written = text(file, _SUMS, place)
    found = {} if written is None else plain_json.parse(written, f"{place}: attribute {_SUMS}")
    if not isinstance(found, dict):
        raise LoadError(f"{place}: attribute {_SUMS} holds no checksums.")
    for name, expected in found.items():
        value = file.attrs.get(name[1:]) if name.startswith("@") else None
        if name.startswith("@") and (not isinstance(value, str) or checksum(value) != expected):
            raise LoadError(f"{place}: attribute {name[1:]} is damaged (wrong checksum).")
    return found


def assign(pairs: Sequence[Assignment]) -> None:
    """Gives every variable its array, which becomes its memory."""
    for variable, array in pairs:
        variable.adopt(array)


def plain(array: Any) -> Any:
    """An array as HDF5 can hold it; bfloat16 fits into float32."""
    known = array.dtype.kind != "V" and array.dtype.name != "bfloat16"
    return array if known else array.astype("float32")


def names(parent: Any, name: str, place: str) -> list[str]:
    """A list of names kept in one attribute, or in several (name0, name1 ...) where it is long.

    Raises:
        LoadError: if there is none, or it holds no names.
    """
    parts = [_attribute(parent, name, place)] if name in parent.attrs else []
    while not parts or f"{name}{len(parts)}" in parent.attrs:
        key = f"{name}{len(parts)}"
        if key not in parent.attrs:
            raise LoadError(
                f"{place}: {parent.name} has no attribute {name}; this is no file of Keras weights."
            )
        parts.append(_attribute(parent, key, place))
    found = [value for part in parts for value in np.atleast_1d(part)]
    if not all(isinstance(value, (bytes, str)) for value in found):
        raise LoadError(f"{place}: attribute {name} of {parent.name} holds no list of names.")
    try:
        texts = [v.decode() if isinstance(v, bytes) else str(v) for v in found]
    except UnicodeDecodeError as error:
        raise LoadError(f"{place}: attribute {name} of {parent.name}: {error}.") from None
    if len(set(texts)) < len(texts):
        raise LoadError(f"{place}: attribute {name} of {parent.name} names one thing twice.")
    return texts


def text(file: Any, name: str, place: str) -> str | None:
    """An attribute that holds a text; None if there is none.

    Raises:
        LoadError: if it holds something else.
    """
    if name not in file.attrs:
        return None
    value = _attribute(file, name, place)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise LoadError(f"{place}: attribute {name} holds {type(value).__name__}, not a text.")
    return value


def _attribute(parent: Any, name: str, place: str) -> Any:
    """The value of an attribute whose size was looked at before."""
    found = parent.attrs.get_id(name)
    size = found.dtype.itemsize * int(np.prod(found.shape, dtype=object))
    if size > _LONGEST_ATTRIBUTE:
        raise LoadError(
            f"{place}: attribute {name} of {parent.name} has {size} bytes; at most "
            f"{_LONGEST_ATTRIBUTE} are read."
        )
    return parent.attrs[name]


def _kind_name(kind: Any) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"a {k.__name__}" for k in kinds)
