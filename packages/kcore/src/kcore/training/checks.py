"""Looks at data before a step sees them: shapes, dtypes, labels, finite numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kcore import tree
from kcore.arguments import choice
from kcore.data import Chunk
from kcore.errors import ConfigurationError, DataError, NonFiniteError
from kcore.graph.symbolic import SymbolicTensor
from kcore.training.settings import Objective, by_target

NAN_CHOICES = ("raise", "skip", "rollback", "ignore")
# arrays in memory up to this size are looked at whole before the first step
_WHOLE_BYTES = 256 * 2**20


def symbols_for(tree_of_arrays: Any) -> Any:
    """Symbolic tensors like the arrays, with an open number of samples."""

    def symbol(leaf: Any) -> SymbolicTensor:
        kind = leaf.dtype.name if leaf.dtype.kind not in "US" else "string"
        return SymbolicTensor((None, *leaf.shape[1:]), kind)

    return tree.map_leaves(symbol, tree_of_arrays)


def check_counts(epochs: Any, steps: Any, validation_steps: Any, nan: str) -> None:
    """Refuses numbers of epochs and steps, and choices, that can never work."""
    if not isinstance(epochs, (int, np.integer)) or isinstance(epochs, bool) or epochs < 0:
        raise ConfigurationError(
            f"epochs must be a whole number of at least 0; received {epochs!r}."
        )
    for name, value in (("steps_per_epoch", steps), ("validation_steps", validation_steps)):
        if value is not None and (not isinstance(value, (int, np.integer)) or value < 1):
            raise ConfigurationError(
                f"{name} must be a whole number of at least 1; received {value!r}."
            )
    choice(nan, "nan", "fit", NAN_CHOICES)


def check_targets(objective: Objective, y: Any, outputs: Sequence[SymbolicTensor]) -> None:
    """Lets each loss and metric look at its targets.

    Raises:
        DataError: if the targets cannot be right for the loss and the output.
    """
    names = [term.name for term in objective.terms]
    for term, target, output in zip(
        objective.terms, by_target(y, names, "y"), outputs, strict=True
    ):
        if target is None:
            continue
        used = term.loss is not None or term.metrics or term.weighted
        if used and isinstance(target, np.ndarray) and target.dtype.kind in "USO":
            raise DataError(
                f"y for output {term.name!r} holds text (dtype {target.dtype}); losses and metrics "
                "need numbers. Encode the classes as whole numbers from 0."
            )
        owner = f"The targets y of output {term.name!r}" if len(names) > 1 else "The targets y"
        values = np.asarray(target)
        if term.loss is not None:
            term.loss.check_targets(values, output.shape, owner)
        for _, metric in (*term.metrics, *term.weighted):
            metric.check_targets(values, output.shape, owner)


def are_in_memory(data: Any) -> bool:
    """Whether all arrays can be looked at whole: none is read from a file or is too large."""
    return all(_is_in_memory(leaf) for leaf in tree.flatten(data))


def _is_in_memory(leaf: Any) -> bool:
    plain = isinstance(leaf, np.ndarray) and not isinstance(leaf, np.memmap)
    return plain and leaf.nbytes <= _WHOLE_BYTES


def check_finite_arrays(data: Sequence[Any], names: Sequence[str]) -> bool:
    """Looks for NaN and infinity in arrays in memory, whole.

    Returns:
        Whether everything was looked at; what was not is to be checked chunk by chunk.
    """
    complete = True
    for part, name in zip(data, names, strict=False):
        for leaf in tree.flatten(part):
            if not _is_in_memory(leaf):
                complete = False
            else:
                _check_finite(leaf, name, 0)
    return complete


def check_finite_chunk(chunk: Chunk) -> None:
    """Looks for NaN and infinity in a chunk."""
    for part, name in zip(chunk.data, ("x", "y", "sample_weight"), strict=False):
        for leaf in tree.flatten(part):
            _check_finite(leaf, name, chunk.first_row)


def _check_finite(leaf: Any, name: str, first_row: int) -> None:
    if leaf.dtype.kind != "f":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        # a sum is finite only if all terms are, and needs no memory
        if np.isfinite(leaf.sum()):
            return
    bad = ~np.isfinite(leaf)
    if not bad.any():
        return
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    row = place[0] + first_row
    raise NonFiniteError(
        f"{name} holds {leaf[place]} in sample {row}"
        f"{f' at {list(place[1:])}' if len(place) > 1 else ''}, and {int(bad.sum())} such value(s) "
        f"in all of the piece looked at (shape {leaf.shape}). Mend or drop these samples, or call "
        "fit with nan='ignore' if the model handles them."
    )
