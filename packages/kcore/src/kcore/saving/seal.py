"""The seal at the end of an HDF5 file of ours: what is where, and checksums of every byte.

    HDF5 file | JSON {"lists", "arrays", "between"} | CRC-32, length, mark

"lists" repeats the attributes that list names, "arrays" has [dtype, shape, place, checksum] of each
array, "between" a CRC-32 of each part of the file that is no array. HDF5 and all its readers leave
alone what follows their data, and a program that changes the file cuts it off. So an unbroken seal
says that the file is as we wrote it: then its arrays are read without the library, which takes some
hundred microseconds for each. A file without a seal is read as anybody's.

An attribute of the root says how long the HDF5 file was when the seal was put behind it, and has a
CRC-32 of its structure. A file without a seal of which both still hold was cut where its seal
began; what another program has changed has another structure.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kcore.errors import LoadError
from kcore.saving import plain
from kcore.saving.stored import Span, StoredArray

_MARK = b"kcoreSUM"
_FOOT = struct.Struct("<IQ8s")
_LONGEST = 64 * 2**20
_DTYPES = (
    "bool",
    *(f"float{bits}" for bits in (16, 32, 64)),
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
)
# the attribute that says that a seal follows, and what stands for its value until that is known
PROMISE = "kcore_seal"
BLANK = b"\x89kcore-promise\r\n"
_PROMISED = struct.Struct("<QQ")
# the place of the end of an HDF5 file of the oldest kind, which says "0" in byte 8
_HDF5_END = slice(40, 48)


@dataclass(frozen=True)
class Seal:
    """What an unbroken seal says.

    Args:
        lists: names by group and attribute.
        arrays: all arrays by path, in the order of their places.
        between: beginning, end and CRC-32 of what is no array.
    """

    lists: Mapping[str, Mapping[str, list[str]]]
    arrays: Mapping[str, StoredArray]
    between: Sequence[tuple[int, int, int]]

    @property
    def root(self) -> SealedGroup:
        """The file's root."""
        return SealedGroup("", self)

    @property
    def places(self) -> list[tuple[int, int]]:
        """Beginning and end of what is no array."""
        return [(start, end) for start, end, _ in self.between]

    def check(self, between: Sequence[Any], place: str) -> None:
        """Compares what is no array with its checksums.

        Raises:
            LoadError: if it was damaged.
        """
        for (start, end, expected), data in zip(self.between, between, strict=True):
            if zlib.crc32(data) != expected:
                raise LoadError(
                    f"{place}: the structure of the file is damaged (wrong checksum over the bytes "
                    f"from {start} to {end})."
                )


@dataclass(frozen=True)
class SealedGroup:
    """A group of a sealed file.

    Args:
        name: its path.
        seal: of the file.
    """

    name: str
    seal: Seal


def make(
    span: Span, lists: Mapping[str, Mapping[str, list[str]]], arrays: Sequence[StoredArray]
) -> bytes:
    """The seal of an HDF5 file that is complete.

    Args:
        span: the file.
        lists: names by group and attribute.
        arrays: all arrays in it.
    """
    ordered = sorted(arrays, key=lambda a: a.offset)
    between = [zlib.crc32(span.read(a, b - a)) for a, b in _between(ordered, span.size)]
    listed = {a.name: [a.dtype.name, list(a.shape), a.offset, a.sum] for a in ordered}
    data = {"lists": lists, "arrays": listed, "between": between}
    text = json.dumps(data, separators=(",", ":")).encode()
    return text + _FOOT.pack(zlib.crc32(text), len(text), _MARK)


def promise(span: Span, arrays: Sequence[StoredArray]) -> tuple[int, bytes]:
    """The place and the value of the attribute that says that a seal follows.

    Args:
        span: the file, in which the attribute is still blank.
        arrays: all arrays in it.
    """
    crc, place = 0, None
    for start, end in _between(sorted(arrays, key=lambda a: a.offset), span.size):
        data = span.read(start, end - start)
        at = data.find(BLANK)
        place = start + at if at >= 0 and place is None else place
        crc = zlib.crc32(data, crc)
    if place is None:
        raise AssertionError(f"the HDF5 file has no blank attribute {PROMISE}")
    return place, _PROMISED.pack(span.size, crc)


def check_kept(file: Any, span: Span, place: str) -> None:
    """Refuses a file without a seal that is otherwise as it was when it had one.

    Args:
        file: as the library opened it.
        span: where its bytes are.
        place: the file, for errors.

    Raises:
        LoadError: if it was cut where the seal began.
    """
    value = file.attrs.get(PROMISE) if _is_promise(file) else None
    if value is None or int(value[0]) != span.size:
        return
    arrays: list[StoredArray] = []

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.id.get_offset() is not None:
            shape = (item.id.get_storage_size(),)
            arrays.append(StoredArray(name, shape, np.dtype("uint8"), item.id.get_offset()))

    file.visititems(collect)
    try:
        parts = _between(sorted(arrays, key=lambda a: a.offset), span.size)
    except ValueError:  # then we did not write it like this
        return
    written, crc = np.asarray(value, "<u8").tobytes(), 0
    for start, end in parts:
        crc = zlib.crc32(span.read(start, end - start).replace(written, BLANK), crc)
    if crc == int(value[1]):
        raise LoadError(
            f"{place}: the list of checksums behind byte {span.size} is missing: the file was cut "
            "there, or a program opened it for writing and changed no more than numbers. Get the "
            f"file again. If it should be read as it is, remove attribute {PROMISE} from it: "
            f"with h5py.File({place!r}, 'r+') as file: del file.attrs[{PROMISE!r}]."
        )


def _is_promise(file: Any) -> bool:
    if PROMISE not in file.attrs:
        return False
    found = file.attrs.get_id(PROMISE)
    return bool(found.shape == (2,) and found.dtype == np.dtype("<u8"))


def find(span: Span, place: str) -> Seal | None:
    """The seal of a file; None if it has none.

    Raises:
        LoadError: if there is one, and it is damaged.
    """
    foot = span.read(span.size - _FOOT.size, _FOOT.size) if span.size > _FOOT.size else b""
    if foot[-len(_MARK) :] != _MARK:
        _refuse_unknown_end(span, place)
        return None
    crc, length, _ = _FOOT.unpack(foot)
    end = span.size - _FOOT.size - length
    text = span.read(end, length) if end > 0 and length <= _LONGEST else b""
    if zlib.crc32(text) != crc or len(text) != length or not length:
        raise LoadError(
            f"{place}: the list of checksums in the last {length + _FOOT.size} bytes is damaged."
        )
    return _read(plain.parse(text, f"{place}: list of checksums"), end, place)


def _refuse_unknown_end(span: Span, place: str) -> None:
    """Refuses what follows the end of an HDF5 file: a seal was there, or nothing should be."""
    head = span.read(0, _HDF5_END.stop)
    end = int.from_bytes(head[_HDF5_END], "little")
    oldest = len(head) == _HDF5_END.stop and head[8] == 0
    # as much of the seal's beginning as is left
    rest = span.read(end, 9) if oldest and 0 < end < span.size else b""
    if rest and b'{"lists":'.startswith(rest):
        raise LoadError(f"{place}: the list of checksums behind byte {end} is damaged.")


def _read(data: Any, size: int, place: str) -> Seal:
    try:
        found = [_array(name, *entry) for name, entry in data["arrays"].items()]
        lists = {str(group): dict(names) for group, names in data["lists"].items()}
        parts = _between(found, size)
        if len(parts) != len(data["between"]):
            raise ValueError(f"{len(data['between'])} checksums of {len(parts)} parts")
        between = [(a, b, int(crc)) for (a, b), crc in zip(parts, data["between"], strict=True)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LoadError(f"{place}: the list of checksums is damaged ({error!r}).") from error
    return Seal(lists, {array.name: array for array in found}, between)


def _array(name: str, dtype: str, shape: list[int], offset: int, total: int) -> StoredArray:
    whole = [*shape, offset, total]
    if dtype not in _DTYPES or any(type(number) is not int or number < 0 for number in whole):
        raise ValueError(f"{name}: {dtype} {whole}")
    return StoredArray(name, tuple(shape), np.dtype(dtype), offset, total)


def _between(arrays: Sequence[StoredArray], size: int) -> list[tuple[int, int]]:
    """The parts of a file that belong to no array.

    Raises:
        ValueError: if arrays overlap, or do not lie in the file.
    """
    found, place = [], 0
    for array in arrays:
        if array.nbytes == 0:
            continue
        if array.offset < place or array.end > size:
            raise ValueError(f"{array.name} lies from {array.offset} to {array.end}")
        if array.offset > place:
            found.append((place, array.offset))
        place = array.end
    return [*found, (place, size)] if place < size else found
