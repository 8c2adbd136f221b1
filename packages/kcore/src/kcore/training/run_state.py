"""The state of a whole run in one file: written whole, checked when read, or passed over."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from kcore.errors import LoadError
from kcore.saving import archive, hdf5, plain
from kcore.saving.archive_writer import ArchiveWriter
from kcore.saving.atomic import replacing
from kcore.typing import Config

_SUFFIX = ".kcore-run"
_STATE, _ARRAYS, _SUMS = "state.json", "arrays.safetensors", "sums.json"


class Checkpoints:
    """The checkpoints in a folder, newest last.

    Args:
        folder: made if it does not exist.
        keep: how many are kept.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder = folder
        self.keep = keep

    def paths(self) -> list[Path]:
        """The files, oldest first."""
        found = self.folder.glob(f"*{_SUFFIX}") if self.folder.is_dir() else ()
        numbered = [(int(m[1]), p) for p in found if (m := re.match(r"run-(\d+)\.", p.name))]
        return [path for _, path in sorted(numbered)]

    def write(self, state: Config, arrays: dict[str, Any]) -> None:
        """Adds a checkpoint, then removes those that are too many.

        Raises:
            SaveError: if it cannot be written; the earlier ones stay.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        present = self.paths()
        number = int(present[-1].name.split("-")[1].split(".")[0]) + 1 if present else 1
        members = {
            _STATE: json.dumps(state).encode(),
            _ARRAYS: save_arrays({n: np.asarray(a, order="C") for n, a in arrays.items()}),
        }
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
        target = self.folder / f"run-{number:08d}{_SUFFIX}"
        with replacing(target) as temporary, ArchiveWriter(temporary) as written:
            for name, data in {**members, _SUMS: json.dumps(sums).encode()}.items():
                written.add(name, data)
        for path in self.paths()[: -self.keep]:
            path.unlink(missing_ok=True)

    def newest(self) -> tuple[Config, dict[str, Any], Path] | None:
        """The newest checkpoint that is whole; None if there is none at all.

        Raises:
            LoadError: if there are files, and every one is damaged.
        """
        problems = []
        for path in reversed(self.paths()):
            try:
                state, arrays = read(path)
            except LoadError as error:
                problems.append(str(error))
                continue
            return state, arrays, path
        if problems:
            raise LoadError(
                f"{self.folder}: every checkpoint is damaged. {' '.join(problems)} Remove the "
                "folder to start anew."
            )
        return None

    def clear(self) -> None:
        """Removes all checkpoints, and the folder if nothing else is in it."""
        for path in self.paths():
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def read(path: Path) -> tuple[Config, dict[str, Any]]:
    """State and arrays of a checkpoint.

    Raises:
        LoadError: if it is damaged.
    """
    with archive.Archive(path) as members:
        sums = plain.parse(members.read(_SUMS), f"{path}: {_SUMS}")
        found = {}
        for name in (_STATE, _ARRAYS):
            found[name] = members.read(name)
            if hashlib.sha256(found[name]).hexdigest() != sums.get(name):
                raise LoadError(f"{path}: {name} is damaged (wrong SHA-256).")
    state = plain.parse(found[_STATE], f"{path}: {_STATE}")
    return state, dict(load_arrays(found[_ARRAYS]))


def to_bytes(state: Config, arrays: dict[str, Any]) -> bytes:
    """State and arrays as bytes that another process understands."""
    text = json.dumps(state).encode()
    packed: bytes = save_arrays({n: np.asarray(a, order="C") for n, a in arrays.items()})
    return len(text).to_bytes(8, "big") + text + packed


def from_bytes(data: bytes) -> tuple[Config, dict[str, Any]]:
    """What `to_bytes` was given."""
    end = 8 + int.from_bytes(data[:8], "big")
    return json.loads(data[8:end]), dict(load_arrays(data[end:]))


def to_plain(value: Any, arrays: dict[str, Any], prefix: str) -> Any:
    """A callback's state as JSON can hold it; its arrays go into `arrays`."""
    if isinstance(value, dict):
        return {str(k): to_plain(v, arrays, f"{prefix}/{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(v, arrays, f"{prefix}/{i}") for i, v in enumerate(value)]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"__float__": repr(value)}
    if isinstance(value, np.ndarray):
        arrays[prefix] = hdf5.plain(value)
        return {"__array__": prefix}
    return value


def from_plain(value: Any, arrays: dict[str, Any]) -> Any:
    """What `to_plain` was given."""
    if isinstance(value, dict):
        if set(value) == {"__float__"}:
            return float(value["__float__"])
        if set(value) == {"__array__"}:
            return arrays[value["__array__"]]
        return {k: from_plain(v, arrays) for k, v in value.items()}
    return [from_plain(v, arrays) for v in value] if isinstance(value, list) else value
