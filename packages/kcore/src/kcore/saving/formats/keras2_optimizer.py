"""The state of optimizers as Keras 2.11 to tf_keras write it, in the order of their arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np

from kcore.saving import assignments, hdf5
from kcore.saving.assignments import Assignment
from kcore.saving.formats.keras3_optimizer import check_count

# what is no array there: the rate is in the configuration, the product follows from the steps
_NOT_KEPT = ("learning_rate", "u_product")
# slots that follow when all weights have had the others
_LATE = ("velocity_hat",)
# slots that only matrices have, and one that is there for them and never used
_OF_MATRICES = ("row", "column")
_UNUSED_OF_MATRICES = ("Adafactor", "velocity")


def plan(
    group: Any, names: Sequence[str], optimizer: Any, weights: Sequence[Any], place: str
) -> list[Assignment]:
    """Pairs of an optimizer's variable and the data set that holds its value, all judged.

    Args:
        group: that holds the data sets.
        names: of the data sets, in the file's order.
        optimizer: built for the weights.
        weights: the trained weights, in their order in the model.
        place: the file, for errors.

    Raises:
        MismatchError: if the file holds another number of arrays, or one of another shape.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # a scale of losses is not kept
    order = _order(optimizer, weights)
    names = list(names)
    if len(names) == len(order) + 1 and _is_number(group, names[1], place):
        del names[1]  # some versions write the learning rate too
    wanted = ["(unused)" if variable is None else variable.path for variable in order]
    check_count(group, names, optimizer, wanted, place)
    pairs = []
    for name, variable in zip(names, order, strict=True):
        if variable is None:
            hdf5.member(group, name, h5py.Dataset, place)
        else:
            pairs.append(assignments.plan(group, name, variable, "the optimizer", place))
    return pairs + _product(optimizer, pairs[0][1])


def _product(optimizer: Any, steps: Any) -> list[Assignment]:
    """The product of Nadam's momenta, which follows from the steps done."""
    if type(optimizer).__name__ != "Nadam":
        return []
    product = next(v for v in optimizer.variables if v.name == "u_product")
    value = np.float32(optimizer.product_after(int(steps[()])))
    return [(product, assignments.Derived([], (), lambda: np.asarray(value)))]


def _is_number(group: Any, name: str, place: str) -> bool:
    return bool(hdf5.member(group, name, h5py.Dataset, place).shape == ())


def _order(optimizer: Any, weights: Sequence[Any]) -> list[Any]:
    """The variables as such a file has them; None for an array that nothing here needs."""
    variables = list(optimizer.variables)
    slots = [n for n in optimizer.slots_needed() if n not in optimizer.scratch_slots]
    start = len(variables) - len(slots) * len(weights)
    found: list[Any] = [v for v in variables[:start] if v.name not in _NOT_KEPT]
    if not slots and type(optimizer).__name__ == "SGD":
        return found + [None] * len(weights)  # a mean of gradients, without momentum too
    for turn in _turns(optimizer, slots):
        for index, weight in enumerate(weights):
            matrix = len(weight.shape) > 1
            for name in turn if matrix else [n for n in turn if n not in _OF_MATRICES]:
                unused = matrix and (type(optimizer).__name__, name) == _UNUSED_OF_MATRICES
                slot = variables[start + index * len(slots) + slots.index(name)]
                found.append(None if unused else slot)
    return found


def _turns(optimizer: Any, slots: list[str]) -> list[list[str]]:
    """Names of slots that stand side by side for each weight, one list after the other."""
    if type(optimizer).__name__ == "RMSprop":
        return [[name] for name in slots]
    turns = ([n for n in slots if n not in _LATE], [n for n in slots if n in _LATE])
    return [turn for turn in turns if turn]
