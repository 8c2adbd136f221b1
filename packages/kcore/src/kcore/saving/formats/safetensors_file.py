"""`.safetensors`: weights that any reader of that format opens, by their paths in the model.

Ours have three entries in `__metadata__`: "format" is "kcore", "crc32" holds a checksum of each
array, "head_crc32" one of the head itself, taken while zeros stand in its place. Whoever has one of
the three must have all, so that no damage to one of them makes a file look like somebody else's.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from kcore.errors import ConfigurationError, LoadError
from kcore.saving import assignments, hdf5, plain, tree
from kcore.saving.atomic import replacing
from kcore.saving.checksums import crc32
from kcore.saving.matching import STRICT, LoadReport, Matching, check_any
from kcore.typing import Config

_FLOATS = ("F64", "F32", "F16", "BF16")
_MARKS = ("format", "crc32", "head_crc32")
_NO_SUM = "00000000"
# names of weights cannot contain this: JSON writes their quotation marks with a backslash
_HEAD_SUM = re.compile(rb'"head_crc32":"([0-9a-f]{8})"')
_LENGTH = 8  # bytes at the beginning that hold the head's length
# a model has some hundred
_MOST_ARRAYS = 100_000


class Safetensors:
    """Reads and writes `.safetensors` files; names are paths with dots: "dense.kernel".

    Example:
        >>> Safetensors().suffixes
        ('safetensors',)
    """

    suffixes = ("safetensors",)
    whole_model = False

    def save(self, model: Any, path: Path, overwrite: bool, **options: Any) -> None:
        """Refused: this kind of file holds weights only."""
        raise ConfigurationError(
            f"{path}: a .safetensors file holds weights only. Call model.save_weights, or choose "
            "the name of another format."
        )

    def load(self, path: Path, compile: bool) -> Any:
        """Refused: this kind of file holds weights only."""
        raise LoadError(f"{path} holds weights only. Build the model and call model.load_weights.")

    def save_weights(self, model: Any, path: Path, overwrite: bool) -> None:
        """Writes the weights."""
        arrays = {
            name: np.asarray(hdf5.plain(variable.view()), order="C")
            for name, variable in _named(model)
        }
        sums = json.dumps({name: crc32(array) for name, array in arrays.items()})
        marks = dict(zip(_MARKS, ("kcore", sums, _NO_SUM), strict=True))
        with replacing(path, overwrite) as temporary:
            try:
                save_file(arrays, temporary, marks)
            except SafetensorError as error:
                raise OSError(str(error)) from error
            _seal_head(temporary)

    def load_weights(self, model: Any, path: Path, matching: Matching = STRICT) -> LoadReport:
        """Reads the weights; everything is checked before anything is assigned."""
        wanted, owner, report = dict(_named(model)), f"the model {model.name!r}", LoadReport()
        arrays = []
        known = check_head(path)
        try:
            with safe_open(path, framework="numpy") as file:
                found, report.missing, report.unexpected = matching.pairs(
                    wanted, sorted(file.keys()), owner, str(path)
                )
                for name, stored in list(found.items()):
                    try:
                        _check(file.get_slice(stored), stored, wanted[name], path)
                        report.loaded.append(name)
                    except assignments.MismatchError as problem:
                        matching.passes_over(report, name, problem)
                        del found[name]
                check_any(report, owner, str(path))
                for name, stored in found.items():
                    arrays.append((wanted[name], _read(file, stored, known, path)))
        except (SafetensorError, OSError, TypeError, AttributeError) as error:
            raise LoadError(
                f"{path} is no file of safetensors, or it is damaged: {error}."
            ) from error
        assignments.assign(arrays)
        return report


def check_head(path: Path) -> Config | None:
    """Refuses a head that is damaged, or that readers may take in different ways.

    Returns:
        The checksums of all arrays by name; None in a file of somebody else's.

    Raises:
        LoadError: if names are there twice, its checksum is wrong, or it is longer than the file.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if length > path.stat().st_size:
            raise LoadError(f"{path} is no file of safetensors: its head is longer than the file.")
        text = file.read(length)
    head = plain.parse(text, f"{path}: head")
    if isinstance(head, dict) and len(head) > _MOST_ARRAYS:
        raise LoadError(f"{path}: the head names more than {_MOST_ARRAYS} arrays.")
    marks = head.get("__metadata__") if isinstance(head, dict) else None
    if not isinstance(marks, dict) or not (
        marks.get("format") == "kcore" or {"crc32", "head_crc32"} & set(marks)
    ):
        return None
    found = _HEAD_SUM.findall(text)
    if set(_MARKS) - set(marks) or found != [_sum_of_head(text)]:
        raise LoadError(
            f"{path}: the head (bytes from 0 to {_LENGTH + length}) is damaged: its checksum is "
            "wrong or missing. If another program has changed the file on purpose, have it remove "
            f"the entries {', '.join(_MARKS)} of __metadata__."
        )
    sums = plain.parse(str(marks["crc32"]), f"{path}: crc32")
    if not isinstance(sums, dict) or set(sums) != set(head) - {"__metadata__"}:
        raise LoadError(f"{path}: the names in crc32 are not those of the arrays in the head.")
    return sums


def _sum_of_head(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(_HEAD_SUM.sub(f'"head_crc32":"{_NO_SUM}"'.encode(), text))


def _seal_head(path: Path) -> None:
    """Writes the checksum of the head into the head; nothing changes its place."""
    with path.open("r+b") as file:
        text = file.read(int.from_bytes(file.read(_LENGTH), "little"))
        place = _HEAD_SUM.search(text)
        if place is None:
            raise OSError("the safetensors library did not write the metadata it was given")
        file.seek(_LENGTH + place.start(1))
        file.write(_sum_of_head(text))


def _read(file: Any, name: str, sums: Config | None, path: Path) -> Any:
    array = file.get_tensor(name)
    if sums is not None and sums[name] != crc32(array):
        raise LoadError(f"{path}: {name!r} is damaged (wrong checksum).")
    return array


def _check(part: Any, name: str, variable: Any, path: Path) -> None:
    shape = tuple(part.get_shape())
    if shape != variable.shape:
        raise assignments.MismatchError(
            f"{path}: {name!r} has shape {shape}; weight {variable.path!r} has shape "
            f"{variable.shape}."
        )
    kind = str(part.get_dtype())
    if variable.dtype.startswith(("float", "bfloat")) != (kind in _FLOATS):
        raise LoadError(
            f"{path}: {name!r} holds {kind}; weight {variable.path!r} is {variable.dtype}."
        )


def _named(model: Any) -> list[tuple[str, Any]]:
    """Each weight under its place, with the layers' own names in place of their classes'."""
    found: list[tuple[str, Any]] = []
    for layer in getattr(model, "layers", None) or [model]:
        for place, variable in tree.places(layer):
            inside = place.rpartition("vars/")[0].replace("/", ".")
            found.append((f"{layer.name}.{inside}{variable.name}", variable))
    names = [name for name, _ in found]
    return [
        (name if names.count(name) == 1 else f"{name}.{number}", variable)
        for number, (name, variable) in enumerate(found)
    ]
