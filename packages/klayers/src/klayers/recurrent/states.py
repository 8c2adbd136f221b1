"""The states of a cell: their sizes as users write them, and as a nested list of shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import ops
from kcore.typing import Shape


def state_shapes(state_size: Any) -> list[Any]:
    """The shape of each state without the batch.

    Args:
        state_size: a whole number, or a list of them, of shapes, and of further lists. A tuple of
            numbers inside a list is the shape of one state (None for a size not known yet), a list
            is a group of states.

    Example:
        >>> state_shapes(3), state_shapes([2, (4, 4, 1)]), state_shapes([[2, 2], [5, 5]])
        ([(3,)], [(2,), (4, 4, 1)], [[(2,), (2,)], [(5,), (5,)]])
    """
    if isinstance(state_size, (list, tuple)) and not hasattr(state_size, "as_list"):
        return [_shapes(size) for size in state_size]
    return [_shapes(state_size)]


def _shapes(size: Any) -> Any:
    if hasattr(size, "as_list"):
        return tuple(size.as_list())
    if isinstance(size, tuple) and all(n is None or isinstance(n, int) for n in size):
        return size
    if isinstance(size, (list, tuple)):
        return [_shapes(part) for part in size]
    return (int(size),)


def map_shapes(function: Callable[[Shape], Any], shapes: Any) -> Any:
    """A nested list with the function of each shape in its place."""
    if isinstance(shapes, list):
        return [map_shapes(function, part) for part in shapes]
    return function(shapes)


def flat_shapes(shapes: Any) -> list[Shape]:
    """The shapes of a nested list one after the other."""
    if isinstance(shapes, list):
        return [shape for part in shapes for shape in flat_shapes(part)]
    return [shapes]


def zero_states(cell: Any, batch_size: Any, dtype: str) -> list[Any]:
    """The states before the first step: those that the cell gives, else zeros."""
    given = getattr(cell, "get_initial_state", None)
    if given is None:
        sizes = state_shapes(cell.state_size)
        return map_shapes(lambda shape: ops.zeros((batch_size, *shape), dtype), sizes)  # type: ignore[no-any-return]
    states = given(batch_size=batch_size)
    return list(states) if isinstance(states, (list, tuple)) else [states]


def output_shape(cell: Any) -> Shape:
    """The shape of a cell's output without the batch: that of its first state if it says none."""
    size = getattr(cell, "output_size", None)
    return flat_shapes(state_shapes(cell.state_size if size is None else _one(size)))[0]


def _one(size: Any) -> Any:
    """A tuple is the shape of the one output."""
    return [size] if isinstance(size, tuple) else size
