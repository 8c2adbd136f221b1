"""HDF5 files that somebody else wrote: hard links to plain arrays, judged before they are read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kcore.errors import KcoreError, LoadError
from kcore.saving import plain as plain_json
from kcore.saving import seal as sealing
from kcore.saving import stored
from kcore.saving.archive import Part
from kcore.saving.checksums import checksum, crc32
from kcore.saving.heaps import Texts
from kcore.saving.stored import Span, StoredArray

# the attribute with checksums of arrays and texts by path, and how those of arrays were computed;
# files of 0.1.0 do not say it and have a CRC-32 of each
SUMS, METHOD = "kcore_checksums", {"method": "rows and columns"}
# bytes of an HDF5 file beside the numbers, of the file and of each array
_OVERHEAD = 4096
# an array may be so many times larger than what the file stores of it (compression), or so large
_MOST_INFLATION = 100
_ALWAYS_ALLOWED = 16 * 2**20
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
    number = None
    try:
        with h5py.File(source, "r") as file:
            number = _number(file)
            _texts[number] = Texts(source, file.userblock_size)
            yield file
    except KcoreError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        cut = re.search(r"eof = (\d+),.*stored_eof = (\d+)", str(error))
        problem = f"it ends at byte {cut[1]} of {cut[2]}" if cut else f"{error}"
        raise LoadError(f"{place} is no HDF5 file, or it is damaged: {problem}.") from error
    finally:
        _texts.pop(number, None)


def _number(thing: Any) -> int:
    return int(h5py.h5o.get_info(thing.id).fileno)


# the texts of open files, by the library's number; none where a seal vouches for them
_texts: dict[int | None, Texts] = {}


@dataclass(frozen=True)
class Source:
    """An open HDF5 file whose arrays are wanted.

    Args:
        file: as the library opened it.
        span: where its bytes are; None if they are in memory only.
        seal: what its seal says; None if it has none.
        ahead: all arrays of a sealed file, if they are being read already.
    """

    file: Any
    span: Span | None
    seal: sealing.Seal | None
    ahead: stored.Reading | None = None

    @property
    def root(self) -> Any:
        """The root group: as the seal describes it, else as the library does."""
        return self.file if self.seal is None else self.seal.root


@contextmanager
def reading(
    source: Any, place: str, ahead: bool = False, without: Sequence[str] = ()
) -> Iterator[Source]:
    """An HDF5 file whose arrays are wanted; its seal is looked at, if it has one.

    Args:
        source: as for `opened`.
        place: for errors.
        ahead: whether all arrays are wanted for certain: those of a sealed file are read in the
            background then, while the caller makes the model.
        without: groups at the top whose arrays are not wanted all the same.

    Raises:
        LoadError: if it is no HDF5 file, or is damaged.
    """
    with opened(source, place) as file:
        span = seal = None
        if isinstance(source, Part):
            span, seal = source.span, source.seal
        elif file.driver == "sec2":
            number = file.id.get_vfd_handle()
            span = Span(number, 0, os.fstat(number).st_size)
            seal = sealing.find(span, place)
        if span is not None and seal is None:
            sealing.check_kept(file, span, place)
        if span is None or seal is None or not ahead:
            yield Source(file, span, seal)
            return
        arrays = [a for n, a in seal.arrays.items() if n.split("/", 2)[1] not in without]
        with stored.Reading(span, arrays, seal.places, ahead=True) as begun:
            yield Source(file, span, seal, begun)


def member(parent: Any, name: str, kind: Any, place: str) -> Any:
    """A group or data set reached by hard links only: nothing outside the file is ever opened.

    Raises:
        LoadError: if it is missing, a link, or something else.
    """
    if isinstance(parent, sealing.SealedGroup):
        return _sealed_member(parent, name, kind, place)
    found = parent
    for step in name.split("/"):
        if step in ("", ".", ".."):
            raise LoadError(f"{place}: {parent.name}: {name!r} is no name inside the file.")
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


def _sealed_member(parent: sealing.SealedGroup, name: str, kind: Any, place: str) -> Any:
    path = f"{parent.name}/{name}"
    if kind is h5py.Group:
        return sealing.SealedGroup(path, parent.seal)
    array = parent.seal.arrays.get(path)
    if array is None:
        raise LoadError(f"{place}: {path} is missing.")
    return array


def has(parent: Any, name: str) -> bool:
    """Whether something of this name is in a group."""
    if isinstance(parent, sealing.SealedGroup):
        path, seal = f"{parent.name}/{name}", parent.seal
        known = path in seal.lists or path in seal.arrays
        return known or any(name.startswith(f"{path}/") for name in seal.arrays)
    return name in parent


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
            if not isinstance(part, StoredArray):
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
    if not isinstance(data, StoredArray):
        check_plain(data, place)
    _check_kind(data, variable, owner, place)


def _check_kind(data: Any, variable: Any, owner: str, place: str) -> None:
    if variable.dtype == "string":
        raise LoadError(
            f"{place}: {data.name}: weight {variable.path!r} of {owner} cannot be made of text."
        )
    floats = variable.dtype.startswith(("float", "bfloat"))
    halves = _is_bfloat16(data)
    if (floats and data.dtype.kind != "f" and not halves) or (halves and not floats):
        raise LoadError(
            f"{place}: {data.name} holds {data.dtype}; weight {variable.path!r} of {owner} is "
            f"{variable.dtype}."
        )


def _is_bfloat16(data: Any) -> bool:
    """Whether a data set may hold bfloat16, which HDF5 knows as two bytes without meaning."""
    return bool(data.dtype.kind == "V" and data.dtype.itemsize == 2 and data.dtype.names is None)


def check_plain(data: Any, place: str) -> None:
    """Refuses what is no plain array of numbers, or would take far more room than it has stored.

    Raises:
        LoadError: if so.
    """
    plain_kind = data.dtype.kind in "fiub" or _is_bfloat16(data)
    if not plain_kind or data.is_virtual or data.external:
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
    sources = list({data.name: data for data in sources}.values())  # one may be read for several
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


def read_all(pairs: Sequence[Assignment], source: Source, place: str) -> list[Assignment]:
    """The arrays of all variables, compared with their checksums; nothing is assigned yet.

    Raises:
        LoadError: if one cannot be read, or was changed since it was written.
    """
    if source.seal is not None and source.span is not None:
        arrays = _read_sealed(pairs, source, source.seal, source.span, place)
    else:
        arrays = _read_judged(pairs, source, place)
    found: list[Assignment] = []
    for variable, data in pairs:
        made = [arrays[part.name] for part in _parts(data)]
        derived = isinstance(data, Derived)
        found.append((variable, np.asarray(data.make(*made), order="C") if derived else made[0]))
    return found


def _read_sealed(
    pairs: Sequence[Assignment], source: Source, seal: sealing.Seal, span: Span, place: str
) -> dict[str, Any]:
    wanted = {part.name: part for _, data in pairs for part in _parts(data)}
    found: dict[str, Any] = {}
    if source.ahead is not None:
        arrays, others = source.ahead.finish(place)
        found = {a.name: read for a, read in zip(source.ahead.arrays, arrays, strict=True)}
        seal.check(others, place)
    left = [part for name, part in wanted.items() if name not in found]
    if left or source.ahead is None:
        arrays, others = stored.read(span, left, seal.places, place)
        found |= {a.name: read for a, read in zip(left, arrays, strict=True)}
        seal.check(others, place)
    return found


def _read_judged(pairs: Sequence[Assignment], source: Source, place: str) -> dict[str, Any]:
    """Arrays of a file without a seal, each judged before it is read."""
    sources = [part for _, data in pairs for part in _parts(data)]
    sums, compute = _sums(source.file, place)
    _check_together(sources, place)
    pieces = {data.name: _in_one_piece(data, source.span) for data in sources}
    plain = [piece for piece in pieces.values() if piece is not None]
    arrays: dict[str, Any] = {}
    if source.span is not None:
        found, _ = stored.read(source.span, plain, (), place)
        arrays = {piece.name: array for piece, array in zip(plain, found, strict=True)}
    arrays |= {d.name: _read(d, place) for d in sources if d.name not in arrays}
    for data in sources if sums else ():
        if sums.get(data.name) != compute(arrays[data.name]):
            raise LoadError(f"{place}: {data.name} is damaged (wrong checksum).")
    return arrays


def _in_one_piece(data: Any, span: Span | None) -> StoredArray | None:
    """Where the numbers of a data set lie, if in one piece and as they are in memory."""
    plist = data.id.get_create_plist()
    contiguous = plist.get_layout() == h5py.h5d.CONTIGUOUS and not plist.get_external_count()
    offset = data.id.get_offset()
    if span is None or not contiguous or offset is None or not data.nbytes:
        return None
    kind = data.dtype
    if kind.kind not in "fiu" or not kind.isnative:
        return None
    # what h5py takes for a kind of numbers may differ from it in details
    if not data.id.get_type().equal(h5py.h5t.py_create(kind)):
        return None
    return StoredArray(data.name, tuple(data.shape), kind, offset)


def _read(data: Any, place: str) -> Any:
    """The numbers of a data set, in memory that a tensor can take over as it is."""
    try:
        if not data.nbytes or not data.shape:
            return np.asarray(data[()])
        array = stored.aligned(data.shape, data.dtype.newbyteorder("="))
        data.read_direct(array)
        if _is_bfloat16(data):  # the upper half of a float32
            array = (array.view("uint16").astype("uint32") << 16).view("float32")
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        raise LoadError(f"{place}: {data.name} cannot be read: {error}") from error
    return array


def _sums(file: Any, place: str) -> tuple[dict[str, Any], Callable[[Any], int]]:
    """The checksums in a file of ours, and what computes them; none in a file of somebody else."""
    written = text(file, SUMS, place)
    found = {} if written is None else plain_json.parse(written, f"{place}: attribute {SUMS}")
    if not isinstance(found, dict):
        raise LoadError(f"{place}: attribute {SUMS} holds no checksums.")
    compute = crc32 if found.pop("method", None) is None else checksum
    for key, expected in found.items():
        known = key.startswith("@") and key[1:] in file.attrs
        value = _attribute(file, key[1:], place) if known else None
        if key.startswith("@") and (not isinstance(value, str) or crc32(value) != expected):
            raise LoadError(f"{place}: attribute {key[1:]} is damaged (wrong checksum).")
    return found, compute


def check_structure(source: Source, place: str) -> None:
    """Compares all that is no array in a sealed file with its checksums, before it is believed.

    Raises:
        LoadError: if it was damaged there.
    """
    if source.seal is None or source.span is None:
        return
    source.seal.check(stored.read(source.span, (), source.seal.places, place)[1], place)
    _texts.pop(_number(source.file), None)


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
    if isinstance(parent, sealing.SealedGroup):
        found = parent.seal.lists.get(parent.name, {}).get(name)
        if found is None:
            raise LoadError(f"{place}: {parent.name or '/'} has no attribute {name}.")
        return list(found)
    return _names(parent, name, place)


def _names(parent: Any, name: str, place: str) -> list[str]:
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
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise LoadError(
                f"{place}: attribute {name} holds no text in UTF-8: byte {error.start} cannot be "
                "part of it."
            ) from None
    if not isinstance(value, str):
        raise LoadError(f"{place}: attribute {name} holds {type(value).__name__}, not a text.")
    return value


def _attribute(parent: Any, name: str, place: str) -> Any:
    """The value of an attribute whose size was looked at before."""
    found = parent.attrs.get_id(name)
    if found.shape is None:
        raise LoadError(f"{place}: attribute {name} of {parent.name} holds nothing.")
    size = found.dtype.itemsize * int(np.prod(found.shape, dtype=object))
    if size > _LONGEST_ATTRIBUTE:
        raise LoadError(
            f"{place}: attribute {name} of {parent.name} has {size} bytes; at most "
            f"{_LONGEST_ATTRIBUTE} are read."
        )
    if found.dtype.hasobject and (texts := _texts.get(_number(parent))) is not None:
        texts.check(name, place)
    return parent.attrs[name]


def _kind_name(kind: Any) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"a {k.__name__}" for k in kinds)
