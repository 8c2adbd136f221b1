"""The state of optimizers in the order of Keras 3, which `.keras` files have without names.

iterations, the learning rate (none if a schedule sets it), averages of weights, sums of
gradients, then what the kind of optimizer keeps: mostly all of one weight after the other
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kcore.saving import assignments, hdf5
from kcore.saving.assignments import Assignment, Derived

# classes whose slots follow each other, one of all weights after the other
_SLOT_BY_SLOT = ("RMSprop",)
# slots that follow when all weights have had the others
_LATE = ("velocity_hat",)
# numbers that follow all slots
_LAST = ("u_product",)


@dataclass(frozen=True)
class Entry:
    """An array of such a file.

    Args:
        shape: of the array.
        value: the array to write.
        into: variables that are read from it, each with what makes its value of the array; None
            for the array itself.
    """

    shape: tuple[int, ...]
    value: Callable[[], Any]
    into: tuple[tuple[Any, Callable[[Any], Any] | None], ...] = ()


def entries(optimizer: Any) -> list[Entry]:
    """The arrays of an optimizer in the order of Keras 3; those of slots once it is built."""
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        own = [_copy(inner.iterations), _fixed(np.zeros((), "float32"))]
        scale = [_plain(optimizer.good_steps), _plain(optimizer.dynamic_scale)]
        return [*own, *scale, *entries(inner)]
    variables, weights = list(optimizer.variables), list(optimizer.trained)
    slots = [n for n in optimizer.slots_needed() if n not in optimizer.scratch_slots]
    start = len(variables) - len(slots) * len(weights)
    by_slot = {name: variables[start + i :: len(slots)] for i, name in enumerate(slots)}
    first = [v for v in variables[:start] if v.name not in _LAST]
    found = [entry for v in first for entry in _first(v, optimizer)]
    for turn in _turns(optimizer, slots):
        for index, weight in enumerate(weights):
            for name in turn:
                found += _slot(optimizer, name, by_slot[name][index], weight)
    return found + [_plain(v) for v in variables[:start] if v.name in _LAST]


def _first(variable: Any, optimizer: Any) -> list[Entry]:
    """The steps, the rate if no schedule sets it, means and sums."""
    count = optimizer.gradient_accumulation_steps
    if variable.name == "learning_rate" and optimizer.has_schedule:
        return []
    if variable.name == "accumulated":
        return []
    parts = next((v for v in optimizer.variables if v.name == "accumulated"), None)
    if variable.name != "iterations" or not count or parts is None:  # none before it is built
        return [_plain(variable)]

    def steps(done: Any) -> Any:
        """Keras counts the parts of steps only."""
        return np.asarray(done // count, done.dtype)

    return [Entry((), parts.view, ((parts, None), (variable, steps)))]


def _turns(optimizer: Any, slots: list[str]) -> list[list[str]]:
    """Names of slots that stand side by side for each weight, one list after the other."""
    if type(optimizer).__name__ in _SLOT_BY_SLOT:
        return [[name] for name in slots]
    turns = ([n for n in slots if n not in _LATE], [n for n in slots if n in _LATE])
    return [turn for turn in turns if turn]


def _slot(optimizer: Any, name: str, variable: Any, weight: Any) -> list[Entry]:
    """A slot of a weight; where ours is a mere number Keras has an unused array, or none."""
    if type(optimizer).__name__ == "Adafactor":
        matrix = len(weight.shape) > 1
        if matrix and name == "velocity":
            return [_fixed(np.zeros(weight.shape, "float32"))]
        return (
            [_plain(variable)] if matrix or name == "velocity" else [_fixed(np.zeros((), "int32"))]
        )
    return [_plain(variable)] if variable.shape == weight.shape else []


def _plain(variable: Any) -> Entry:
    return Entry(variable.shape, variable.view, ((variable, None),))


def _copy(variable: Any) -> Entry:
    return Entry(variable.shape, variable.view)


def _fixed(array: Any) -> Entry:
    return Entry(array.shape, lambda: array)


def check_count(
    group: Any, names: Sequence[str], optimizer: Any, wanted: Sequence[str], place: str
) -> None:
    """Refuses a file that holds another number of arrays than an optimizer has.

    Args:
        group: that holds the data sets.
        names: of the data sets.
        optimizer: that they are for.
        wanted: a word for each array that it has.
        place: the file, for errors.

    Raises:
        MismatchError: says what there is, what was expected, and the way out.
    """
    if len(names) != len(wanted):
        raise assignments.MismatchError(
            f"{place}: {group.name} holds {len(names)} arrays ({list(names)[:20]}); the optimizer "
            f"{type(optimizer).__name__} wants {len(wanted)}: {list(wanted)[:20]}. "
            "load_model(..., compile=False) leaves the optimizer out."
        )


def plan(group: Any, names: Sequence[str], optimizer: Any, place: str) -> list[Assignment]:
    """Pairs of an optimizer's variable and the data set that holds its value, all judged.

    Args:
        group: that holds the data sets.
        names: of the data sets, in the file's order.
        optimizer: built for the weights.
        place: the file, for errors.

    Raises:
        MismatchError: if the file holds another number of arrays, or one of another shape.
    """
    wanted = entries(optimizer)
    late = any(variable.name in _LAST for variable, _ in wanted[-1].into)
    if late and not optimizer.trained and len(names) == len(wanted) - 1:
        wanted = wanted[:-1]  # Keras makes it when training begins
    paths = [" and ".join(v.path for v, _ in e.into) or "(unused)" for e in wanted]
    check_count(group, names, optimizer, paths, place)
    pairs: list[Assignment] = []
    for name, entry in zip(names, wanted, strict=True):
        data = hdf5.member(group, name, h5py.Dataset, place)
        for variable, make in entry.into:
            found = data if make is None else Derived([data], variable.shape, make)
            assignments.check_fits(found, variable, "the optimizer", place)
            pairs.append((variable, found))
    return pairs
