"""All state of a model as a tree of arrays, by the names of its weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kcore.errors import ConfigurationError, ShapeError
from kcore.variable import Variable

if TYPE_CHECKING:
    from kcore.models.model import Model

FORMATS = ("backend_tensor", "numpy_array")


def read(model: Model, value_format: str) -> dict[str, Any]:
    """The tree; see `Model.get_state_tree`."""
    if value_format not in FORMATS:
        raise ConfigurationError(
            f"get_state_tree: value_format must be one of {FORMATS}; received {value_format!r}."
        )
    found: dict[str, Any] = {}
    for part, variables in _parts(model).items():
        branch: dict[str, Any] = {}
        for path, variable in _named(variables):
            *above, last = path
            at = branch
            for name in above:
                at = at.setdefault(name, {})
            at[last] = variable.value if value_format == "backend_tensor" else variable.numpy()
        found[part] = branch
    return found


def write(model: Model, state: dict[str, Any]) -> None:
    """Assigns a tree; see `Model.set_state_tree`. Nothing changes if a value does not fit."""
    parts = _parts(model)
    unknown = sorted(set(state) - set(parts))
    if unknown:
        raise ConfigurationError(
            f"set_state_tree: the tree holds {unknown[0]!r}; it may hold {', '.join(parts)}."
        )
    planned: list[tuple[Variable, Any]] = []
    for part, branch in state.items():
        left = dict(_leaves(branch))
        for path, variable in _named(parts[part]):
            if path not in left:
                continue
            value = left.pop(path)
            if tuple(value.shape) != variable.shape:
                raise ShapeError(
                    f"set_state_tree: {part}/{'/'.join(path)} has shape {variable.shape}; received "
                    f"{tuple(value.shape)}."
                )
            planned.append((variable, value))
        if left:
            raise ConfigurationError(
                f"set_state_tree: the model has nothing named {part}/{'/'.join(min(left))}."
            )
    for variable, value in planned:
        variable.assign(value)


def _parts(model: Model) -> dict[str, list[Variable]]:
    optimizer = model.optimizer
    trained = {id(v) for v in model.trainable_weights}
    return {
        "trainable_variables": model.trainable_weights,
        "non_trainable_variables": [v for v in model.weights if id(v) not in trained],
        "optimizer_variables": [] if optimizer is None else optimizer.variables,
        "metrics_variables": [v for metric in model.metrics for v in metric.variables],
    }


def _named(variables: list[Variable]) -> Iterator[tuple[tuple[str, ...], Variable]]:
    """Each variable under its path; a number tells apart what has the same."""
    counts: dict[tuple[str, ...], int] = {}
    for variable in variables:
        path = tuple((variable.path or variable.name).split("/"))
        count = counts[path] = counts.get(path, -1) + 1
        yield (path if count == 0 else (*path[:-1], f"{path[-1]}_{count}")), variable


def _leaves(branch: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(branch, dict):
        yield path, branch
        return
    for name, part in branch.items():
        yield from _leaves(part, (*path, name))
