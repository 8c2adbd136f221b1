"""Two runs compared: where they differ in what they depend on, and in what came of it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kcore.errors import LoadError, shown
from kcore.saving.reading import at
from kcore.training.run_state import Checkpoints, from_plain, read
from kcore.typing import Config

Difference = tuple[str, str, str]


@dataclass
class Run:
    """What is known of a run.

    Attributes:
        fingerprint: what it depended on.
        history: lists of values by name, one a epoch.
        arrays: its state, where the file holds it.
    """

    fingerprint: Config
    history: dict[str, list[float]]
    arrays: dict[str, Any] | None = None


def load_run(path: Path) -> Run:
    """A run from a folder of checkpoints, a checkpoint, or what `History.save` wrote.

    Raises:
        LoadError: if it is nothing of these, or damaged.
    """
    if path.is_dir():
        found = Checkpoints(path, 1).newest()
        if found is None:
            raise LoadError(f"{path} holds no checkpoints of fit(resume=) or BackupAndRestore.")
        return _of_checkpoint(*found[:2], path)
    if path.suffix == ".json":
        return _of_json(path)
    return _of_checkpoint(*read(path), path)


def _of_json(path: Path) -> Run:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _run(content["fingerprint"], content["history"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LoadError(f"{path} is no file of History.save: {error!r}.") from error


def _of_checkpoint(state: Config, arrays: dict[str, Any], path: Path) -> Run:
    history = state["callbacks"].get("History 0")
    if not history:
        raise LoadError(f"{path} holds no History.")
    with at(f"{path}: callbacks: History 0"):
        history = from_plain(history, arrays)
        return _run(history.get("fingerprint", {}), history["history"], arrays)


def _run(fingerprint: Any, history: Any, arrays: dict[str, Any] | None = None) -> Run:
    if not isinstance(fingerprint, dict):
        raise LoadError(f"fingerprint: expected a dict; received {shown(fingerprint)}.")
    if not isinstance(history, dict) or not all(isinstance(v, list) for v in history.values()):
        raise LoadError(f"history: expected a dict of lists; received {shown(history)}.")
    return Run(fingerprint, history, arrays)


def differences(one: Run, other: Run) -> list[Difference]:
    """Rows of (what, value there, value here) for all that differs; empty for equal runs."""
    first, second = _flat(one.fingerprint), _flat(other.fingerprint)
    rows = [
        (name, _shown(first.get(name)), _shown(second.get(name)))
        for name in dict.fromkeys([*first, *second])
        if first.get(name) != second.get(name)
    ]
    return rows + _in_history(one.history, other.history) + _in_arrays(one.arrays, other.arrays)


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= _flat(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)


def _in_history(one: dict[str, list[float]], other: dict[str, list[float]]) -> list[Difference]:
    """The first epoch in which each value differs."""
    rows = []
    for name in dict.fromkeys([*one, *other]):
        a, b = one.get(name, []), other.get(name, [])
        longest = max(len(a), len(b))
        pairs = [(_at(a, i), _at(b, i)) for i in range(longest)]
        for epoch, (left, right) in enumerate(pairs):
            if left != right and not (_is_nan(left) and _is_nan(right)):
                rows.append((f"{name}, epoch {epoch + 1}", _shown(left), _shown(right)))
                break
    return rows


def _at(values: list[float], index: int) -> float | None:
    return values[index] if index < len(values) else None


def _is_nan(value: float | None) -> bool:
    return value is not None and math.isnan(value)


def _in_arrays(one: dict[str, Any] | None, other: dict[str, Any] | None) -> list[Difference]:
    if one is None or other is None:
        return []
    names = dict.fromkeys([*one, *other])
    equal = sum(
        name in one and name in other and np.array_equal(one[name], other[name], equal_nan=True)
        if one.get(name, np.zeros(0)).dtype.kind == "f"
        else name in one and name in other and np.array_equal(one[name], other[name])
        for name in names
    )
    if equal == len(names):
        return []
    return [
        ("arrays of state that are equal", f"{equal} of {len(one)}", f"{equal} of {len(other)}")
    ]
