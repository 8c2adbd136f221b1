"""HDF5 files that somebody else wrote: what is in them is reached by hard links only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kcore.errors import KcoreError, LoadError
from kcore.saving import seal as sealing
from kcore.saving import stored
from kcore.saving.archive import Part
from kcore.saving.heaps import Texts
from kcore.saving.stored import Span

# the attribute with checksums of arrays and texts by path, and how those of arrays were computed;
# files of 0.1.0 do not say it and have a CRC-32 of each
SUMS, METHOD = "kcore_checksums", {"method": "rows and columns"}
# the longest attribute that holds a text or names
_LONGEST_ATTRIBUTE = 256 * 2**20


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


def check_structure(source: Source, place: str) -> None:
    """Compares all that is no array in a sealed file with its checksums, before it is believed.

    Raises:
        LoadError: if it was damaged there.
    """
    if source.seal is None or source.span is None:
        return
    source.seal.check(stored.read(source.span, (), source.seal.places, place)[1], place)
    _texts.pop(_number(source.file), None)


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
    parts = [attribute(parent, name, place)] if name in parent.attrs else []
    while not parts or f"{name}{len(parts)}" in parent.attrs:
        key = f"{name}{len(parts)}"
        if key not in parent.attrs:
            raise LoadError(
                f"{place}: {parent.name} has no attribute {name}; this is no file of Keras weights."
            )
        parts.append(attribute(parent, key, place))
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
    value = attribute(file, name, place)
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


def attribute(parent: Any, name: str, place: str) -> Any:
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
