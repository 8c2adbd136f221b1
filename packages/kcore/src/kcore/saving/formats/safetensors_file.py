"""`.safetensors`: weights that any reader of that format opens, by their paths in the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from kcore.errors import ConfigurationError, LoadError
from kcore.saving import hdf5, plain, tree
from kcore.saving.atomic import replacing
from kcore.saving.checksums import crc32
from kcore.saving.matching import STRICT, LoadReport, Matching, check_any

_FLOATS = ("F64", "F32", "F16", "BF16")


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
        sums = {name: crc32(array) for name, array in arrays.items()}
        with replacing(path, overwrite) as temporary:
            try:
                save_file(arrays, temporary, {"format": "kcore", "crc32": json.dumps(sums)})
            except SafetensorError as error:
                raise OSError(str(error)) from error

    def load_weights(self, model: Any, path: Path, matching: Matching = STRICT) -> LoadReport:
        """Reads the weights; everything is checked before anything is assigned."""
        wanted, owner, report = dict(_named(model)), f"the model {model.name!r}", LoadReport()
        arrays = []
        check_head(path)
        try:
            with safe_open(path, framework="numpy") as file:
                sums = (file.metadata() or {}).get("crc32")
                known = plain.parse(sums, f"{path}: crc32") if sums else {}
                found, report.missing, report.unexpected = matching.pairs(
                    wanted, sorted(file.keys()), owner, str(path)
                )
                for name, stored in list(found.items()):
                    try:
                        _check(file.get_slice(stored), stored, wanted[name], path)
                        report.loaded.append(name)
                    except hdf5.MismatchError as problem:
                        matching.passes_over(report, name, problem)
                        del found[name]
                check_any(report, owner, str(path))
                for name, stored in found.items():
                    arrays.append((wanted[name], _read(file, stored, known, path)))
        except (SafetensorError, OSError, TypeError, AttributeError) as error:
            raise LoadError(
                f"{path} is no file of safetensors, or it is damaged: {error}."
            ) from error
        hdf5.assign(arrays)
        return report


def check_head(path: Path) -> None:
    """Refuses a head that readers may take in different ways: names given twice.

    Raises:
        LoadError: if it is damaged, or longer than the file.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise LoadError(f"{path} is no file of safetensors: its head is longer than the file.")
        plain.parse(file.read(length), f"{path}: head")


def _read(file: Any, name: str, sums: Any, path: Path) -> Any:
    array = file.get_tensor(name)
    if sums and sums.get(name) != crc32(array):
        raise LoadError(f"{path}: {name!r} is damaged (wrong checksum).")
    return array


def _check(part: Any, name: str, variable: Any, path: Path) -> None:
    shape = tuple(part.get_shape())
    if shape != variable.shape:
        raise hdf5.MismatchError(
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
