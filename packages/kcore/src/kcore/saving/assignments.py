"""Arrays of files and the variables they belong to: judged, read as a whole, then assigned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kcore.errors import LoadError
from kcore.saving import plain as plain_json
from kcore.saving import seal as sealing
from kcore.saving import stored
from kcore.saving.checksums import checksum, crc32
from kcore.saving.hdf5 import SUMS, Source, attribute, member, text
from kcore.saving.stored import Span, StoredArray

# an array may be so many times larger than what the file stores of it (compression), or so large
_MOST_INFLATION = 100
_ALWAYS_ALLOWED = 16 * 2**20
# the filters that HDF5 and h5py bring along: deflate, shuffle, fletcher32, lzf
_FILTERS = {1, 2, 3, 32000}
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
        value = attribute(file, key[1:], place) if known else None
        if key.startswith("@") and (not isinstance(value, str) or crc32(value) != expected):
            raise LoadError(f"{place}: attribute {key[1:]} is damaged (wrong checksum).")
    return found, compute


def assign(pairs: Sequence[Assignment]) -> None:
    """Gives every variable its array, which becomes its memory."""
    for variable, array in pairs:
        variable.adopt(array)
