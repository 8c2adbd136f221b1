"""The state of a whole run in one file: written whole, checked when read, or passed over."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from kcore.errors import LoadError, shown
from kcore.saving import archive, hdf5, plain
from kcore.saving.archive_writer import ArchiveWriter
from kcore.saving.atomic import replacing
from kcore.saving.reading import at
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
        members.check_structure()
        sums = plain.parse(members.read(_SUMS), f"{path}: {_SUMS}")
        found = {}
        for name in (_STATE, _ARRAYS):
            found[name] = members.read(name)
            wanted = sums.get(name) if isinstance(sums, dict) else None
            if hashlib.sha256(found[name]).hexdigest() != wanted:
                raise LoadError(f"{path}: {name} is damaged (wrong SHA-256).")
    state = plain.parse(found[_STATE], f"{path}: {_STATE}")
    with at(f"{path}: {_STATE}"):
        _check_state(state)
    with at(f"{path}: {_ARRAYS}"):
        try:
            arrays = dict(load_arrays(found[_ARRAYS]))
        except SafetensorError as error:
            raise LoadError(f"no arrays of safetensors: {error}.") from error
    return state, arrays


# what there is in a state, and what each must be
_ENTRIES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "fingerprint": (lambda v: isinstance(v, dict), "a dict"),
    "position": (
        lambda v: isinstance(v, list) and len(v) == 2 and all(map(_is_count, v)),
        "the epoch and the batch, both whole numbers from 0",
    ),
    "batches": (lambda v: _is_count(v), "a whole number from 0"),
    "stopped": (lambda v: isinstance(v, bool), "true or false"),
    "data_seed": (lambda v: v is None or type(v) is int, "a whole number or null"),
    "stream": (lambda v: _is_stream(v), "the state of a generator of random numbers"),
    "callbacks": (
        lambda v: (
            isinstance(v, dict) and all(isinstance(c, (dict, type(None))) for c in v.values())
        ),
        "a dict of the states of callbacks, each a dict",
    ),
}


def _check_state(state: Any) -> None:
    if not isinstance(state, dict):
        raise LoadError(f"expected a dict; received {shown(state)}.")
    for name, (fits, expected) in _ENTRIES.items():
        if name not in state or not fits(state[name]):
            raise LoadError(f"{name}: expected {expected}; received {shown(state.get(name))}.")


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_stream(value: Any) -> bool:
    try:
        version, numbers, gauss = value
        Random().setstate((version, tuple(numbers), gauss))
    except (TypeError, ValueError, OverflowError):
        return False
    return gauss is None or isinstance(gauss, float)


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
