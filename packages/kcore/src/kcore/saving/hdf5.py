"""HDF5 files that somebody else wrote: hard links to plain arrays, judged before they are read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np

from kcore.errors import KcoreError, LoadError
from kcore.saving import plain as plain_json

_SUMS = "kcore_checksums"
# an array may be so many times larger than what the file stores of it (compression), or so large
_MOST_INFLATION = 100
_ALWAYS_ALLOWED = 16 * 2**20

Assignment = tuple[Any, Any]


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
    shape = data.shape
    if shape is None or tuple(shape) != variable.shape:
        raise LoadError(
            f"{place}: {data.name} has shape {shape}; weight {variable.path!r} of {owner} has "
            f"shape {variable.shape}."
        )
    check_plain(data, place)
    floats = variable.dtype.startswith(("float", "bfloat"))
    if floats and data.dtype.kind not in "fiu":
        raise LoadError(
            f"{place}: {data.name} holds {data.dtype}; weight {variable.path!r} of {owner} is "
            f"{variable.dtype}."
        )
    return variable, data


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
    stored = data.id.get_storage_size()
    if data.nbytes > max(_ALWAYS_ALLOWED, _MOST_INFLATION * stored):
        raise LoadError(
            f"{place}: {data.name} would take {data.nbytes} bytes, but the file stores only "
            f"{stored} of them."
        )


def read_all(pairs: Sequence[Assignment], place: str) -> list[Assignment]:
    """The arrays of all variables, compared with their checksums; nothing is assigned yet.

    Raises:
        LoadError: if one cannot be read, or was changed since it was written.
    """
    found: list[Assignment] = []
    sums: dict[str, Any] = {}
    for variable, data in pairs:
        if not found:
            sums = _sums(data.file, place)
        try:
            array = data[()]
        except (OSError, RuntimeError, ValueError, MemoryError) as error:
            raise LoadError(f"{place}: {data.name} cannot be read: {error}") from error
        if sums and sums.get(data.name) != checksum(array):
            raise LoadError(f"{place}: {data.name} is damaged (wrong checksum).")
        found.append((variable, array))
    return found


def checksum(value: Any) -> int:
    """The CRC-32 of an array's or a text's bytes."""
    if isinstance(value, str):
        return zlib.crc32(value.encode())
    data: Any = np.asarray(value, order="C").reshape(-1).view("uint8")
    return zlib.crc32(data)


def create(group: Any, name: str, value: Any, sums: dict[str, int]) -> None:
    """Writes an array; its checksum goes into `sums`."""
    array = plain(value)
    sums[group.create_dataset(name, data=array).name] = checksum(array)


def write_sums(file: Any, sums: dict[str, int]) -> None:
    """Adds the checksums of arrays, and of all texts, to a file of ours."""
    texts = {f"@{n}": checksum(v) for n, v in file.attrs.items() if isinstance(v, str)}
    file.attrs[_SUMS] = json.dumps({**sums, **texts})


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


def assign(pairs: list[Assignment]) -> None:
    """Gives every variable its array, and lets go of it: the list is empty afterwards."""
    while pairs:
        variable, array = pairs.pop()
        variable.assign(array)


def plain(array: Any) -> Any:
    """An array as HDF5 can hold it; bfloat16 fits into float32."""
    known = array.dtype.kind != "V" and array.dtype.name != "bfloat16"
    return array if known else array.astype("float32")


def names(parent: Any, name: str, place: str) -> list[str]:
    """A list of names kept in one attribute, or in several (name0, name1 ...) where it is long.

    Raises:
        LoadError: if there is none, or it holds no names.
    """
    parts = [parent.attrs[name]] if name in parent.attrs else []
    while not parts or f"{name}{len(parts)}" in parent.attrs:
        key = f"{name}{len(parts)}"
        if key not in parent.attrs:
            raise LoadError(
                f"{place}: {parent.name} has no attribute {name}; this is no file of Keras weights."
            )
        parts.append(parent.attrs[key])
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
    value = file.attrs.get(name)
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise LoadError(f"{place}: attribute {name} holds {type(value).__name__}, not a text.")
    return value


def _kind_name(kind: Any) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"a {k.__name__}" for k in kinds)
