"""What make.py and the test share: arrays beside a file, and what a model or loss answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kcore import components, tree
from kcore.saving import manifest

FOLDER = Path(__file__).parent


def generations() -> list[Path]:
    """The folders of all generations, oldest first."""
    found = [path for path in FOLDER.iterdir() if path.is_dir() and path.name[0].isdigit()]
    return sorted(found, key=lambda path: [int(part) for part in path.name.split(".")[:3]])


def plain(value: Any) -> Any:
    """A tensor as an array that npz holds without pickle: text as str."""
    array = np.asarray(value)
    if array.dtype.kind not in "OS":
        return array
    return np.array([item.decode() for item in array.ravel()]).reshape(array.shape)


def write_arrays(path: Path, **trees: Any) -> None:
    """Writes trees of arrays: an array, or a list or dict of arrays, by name."""
    flat: dict[str, Any] = {}
    for name, value in trees.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": array for key, array in value.items()}
        elif isinstance(value, list):
            flat |= {f"{name}.{number}": array for number, array in enumerate(value)}
        else:
            flat[name] = value
    np.savez_compressed(path, **flat)


def read_arrays(path: Path) -> dict[str, Any]:
    """What `write_arrays` wrote."""
    trees: dict[str, Any] = {}
    with np.load(path, allow_pickle=False) as file:
        for key in file.files:
            name, dot, rest = key.partition(".")
            if not dot:
                trees[name] = file[key]
            elif rest.isdigit():
                trees.setdefault(name, []).append(file[key])
            else:
                trees.setdefault(name, {})[rest] = file[key]
    return trees


def outputs(model: Any, inputs: Any) -> list[Any]:
    """What a model computes, as a list of arrays."""
    return [plain(value) for value in tree.flatten(model(inputs))]


def steps(model: Any, x: Any, y: Any) -> list[Any]:
    """The weights after a step of training on each batch."""
    for one_x, one_y in zip(x, y, strict=True):
        model.train_on_batch(one_x, one_y)
    return list(model.get_weights())


def loss_value(loss: Any, case: dict[str, Any]) -> Any:
    """What a loss answers for the targets and predictions of a case."""
    y_true, y_pred = (np.asarray(case[key], case[f"{key}_dtype"]) for key in ("y_true", "y_pred"))
    return np.asarray(loss(y_true, y_pred))


def write_losses(path: Path, losses: list[Any], y_true: Any, y_pred: Any) -> None:
    """Writes losses, with what they answer for the same targets and predictions."""
    cases = []
    for loss in losses:
        case = {"loss": components.to_data(loss)}
        for key, array in (("y_true", y_true), ("y_pred", y_pred)):
            case |= {key: array.tolist(), f"{key}_dtype": str(array.dtype)}
        cases.append({**case, "value": loss_value(loss, case).tolist()})
    made_by = manifest.make([case["loss"] for case in cases])
    path.write_text(json.dumps({"manifest": made_by, "cases": cases}, indent=1) + "\n")


def read_losses(path: Path) -> list[tuple[Any, dict[str, Any]]]:
    """The losses of a file, each with its case."""
    data = json.loads(path.read_text())
    manifest.check_installed(data["manifest"], str(path), f"{path}: manifest")
    found = []
    for case in data["cases"]:
        config = manifest.upgraded(case["loss"], data["manifest"], str(path))
        found.append((components.from_data("loss", config, str(path)), case))
    return found
