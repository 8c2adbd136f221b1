"""The numbers beside a `model.json` of TensorFlow.js: files of bytes, which its manifest cuts up.

    "weightsManifest": [{
        "paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"],
        "weights": [{"name": "dense/kernel", "shape": [3, 4], "dtype": "float32"}]}]

The files of a group make one row of bytes, in which one weight follows the other.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from kcore.errors import LoadError, shown
from kcore.saving.reading import at
from kcore.saving.stored import StoredArray, aligned
from kcore.typing import Config

# how numbers are written, by their names there
_KINDS = {"float32": "<f4", "int32": "<i4", "uint8": "u1", "bool": "u1"}
_PACKED = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}
_MOST_AXES = 32


@dataclass(frozen=True)
class Shards:
    """The files of a group.

    Args:
        paths: of the files.
        ends: the place in the row of bytes at which each ends.
    """

    paths: Sequence[Path]
    ends: Sequence[int]

    def fill(self, memory: Any, offset: int, name: str) -> None:
        """Reads bytes from a place in the row into memory.

        Raises:
            LoadError: if a file ends early.
        """
        number = bisect.bisect_right(self.ends, offset)
        done = 0
        while done < len(memory):
            path, end = self.paths[number], self.ends[number]
            start = self.ends[number - 1] if number else 0
            part = memory[done : end - offset]
            with path.open("rb") as file:
                file.seek(offset + done - start)
                if file.readinto(part) != len(part):
                    raise LoadError(f"{path} ends within the numbers of {name!r}.")
            done, number = done + len(part), number + 1


@dataclass(frozen=True)
class Weight:
    """A weight in the files.

    Args:
        array: its name and shape, the kind of numbers it becomes, and its place in the group.
        written: the kind of numbers in the files.
        group: the files.
        scale: what a small whole number is multiplied by, and
        least: what is added then; None where numbers are written as they are.
    """

    array: StoredArray
    written: Any
    group: Shards
    scale: float | None = None
    least: float = 0.0

    def read(self) -> Any:
        """Its numbers.

        Raises:
            LoadError: if a file ends early.
        """
        found = aligned(self.array.shape, self.written)
        self.group.fill(memoryview(found.reshape(-1).view("uint8")), self.array.offset, self.name)
        kind = self.array.dtype
        if self.scale is not None:
            found = found * self.scale + self.least
            found = np.rint(found) if kind.kind in "iu" else found
        return found.astype(kind, copy=False)

    @property
    def name(self) -> str:
        """Its name in the manifest."""
        return self.array.name


def weights_in(path: Path, manifest: Any) -> list[Weight]:
    """The model's weights that a manifest lists; every file's size was compared with it.

    Args:
        path: of the `model.json`.
        manifest: its part "weightsManifest".

    Raises:
        LoadError: names the entry or file that has not the form or size expected.
    """
    found: list[Weight] = []
    names: set[str] = set()
    files: set[str] = set()
    with at(str(path)), at("weightsManifest"):
        for number, group in enumerate(_list_of(manifest, "groups of weights")):
            with at(f"[{number}]"):
                if not isinstance(group, dict):
                    raise LoadError(f"expected 'paths' and 'weights'; received {shown(group)}.")
                with at("paths"):
                    shards = _shards(path.parent, _list_of(group.get("paths"), "files"), files)
                found += _group(_list_of(group.get("weights"), "weights"), shards, names)
    return found


def _list_of(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise LoadError(f"expected a list of {what}; received {shown(value)}.")
    return value


def _shards(folder: Path, names: list[Any], seen: set[str]) -> Shards:
    paths, ends = [], [0]
    for name in names:
        plain = isinstance(name, str) and name not in ("", ".", "..") and "\0" not in name
        if not plain or any(kind(name).name != name for kind in (PurePosixPath, PureWindowsPath)):
            raise LoadError(
                f"expected names of files in the folder of the model; received {shown(name)}."
            )
        if name in seen:
            raise LoadError(f"the file {name!r} is named twice.")
        seen.add(name)
        path = folder / name
        if not path.is_file():
            raise LoadError(
                f"there is no file {path}. It holds a part of the weights; copy it beside the "
                "model."
            )
        if path.resolve().parent != folder.resolve():
            raise LoadError(f"{path} is a link out of its folder, which is refused.")
        paths.append(path)
        ends.append(ends[-1] + path.stat().st_size)
    return Shards(paths, ends[1:])


def _group(entries: list[Any], shards: Shards, names: set[str]) -> Iterator[Weight]:
    """The weights of a group, after their sizes were compared with those of the files."""
    found, offset = [], 0
    for number, entry in enumerate(entries):
        name = entry.get("name") if isinstance(entry, dict) else None
        with at(f"weights[{number}] {str(name)[:80]!r}"):
            if not isinstance(name, str) or not name:
                raise LoadError(f"expected an entry with a 'name'; received {shown(entry)}.")
            if name in names:
                raise LoadError("the name is there twice.")
            names.add(name)
            weight = _weight(entry, offset, shards)
            offset += math.prod(weight.array.shape) * weight.written.itemsize
            if entry.get("group") != "optimizer":
                found.append(weight)
    stored = shards.ends[-1] if shards.ends else 0
    if offset != stored:
        files = ", ".join(path.name for path in shards.paths[:3])
        raise LoadError(
            f"the weights take {offset} bytes; the files {files or '(none)'} hold {stored}. The "
            "files are damaged, or belong to another model."
        )
    yield from found


def _weight(entry: Config, offset: int, shards: Shards) -> Weight:
    shape, kind = entry.get("shape"), entry.get("dtype")
    sizes: list[Any] = shape if isinstance(shape, list) else [None]
    if len(sizes) > _MOST_AXES or not all(type(size) is int and size >= 0 for size in sizes):
        raise LoadError(f"expected a 'shape' of whole numbers; received {shown(shape)}.")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise LoadError(f"expected one of the dtypes {', '.join(_KINDS)}; received {shown(kind)}.")
    written = np.dtype(_KINDS[kind])
    made = np.dtype("bool" if kind == "bool" else written)
    packed, scale, least = entry.get("quantization"), None, 0.0
    if packed is not None:
        with at("quantization"):
            written, scale, least = _packed(packed, kind)
    return Weight(
        StoredArray(entry["name"], tuple(sizes), made, offset), written, shards, scale, least
    )


def _packed(packed: Any, kind: str) -> tuple[Any, float | None, float]:
    """How numbers are written with fewer bytes."""
    if not isinstance(packed, dict) or packed.get("dtype") not in _PACKED or kind == "bool":
        raise LoadError(
            f"expected numbers of float32 or int32 as one of {', '.join(_PACKED)}; received "
            f"{shown(packed)} for {kind}."
        )
    if packed.get("original_dtype", kind) != kind:
        raise LoadError(f"expected {kind}; received {shown(packed['original_dtype'])}.")
    written = np.dtype(_PACKED[packed["dtype"]])
    if written.kind == "f":
        return written, None, 0.0
    factors: list[Any] = [packed.get("scale"), packed.get("min")]
    if not all(type(factor) in (int, float) for factor in factors):
        raise LoadError(f"expected a 'scale' and a 'min'; received {shown(packed)}.")
    return written, float(factors[0]), float(factors[1])
