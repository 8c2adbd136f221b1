"""Where heads, steps and features are: between a layer's inputs and the kernels of attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kcore import backend, ops
from kcore.typing import Tensor


class HeadLayout:
    """Brings (batch, axes..., heads, features) to (others..., heads, steps, features) and back.

    The axes that attention runs over become the steps; the others, the batch first, stay apart.

    Args:
        axes: that attention runs over, counted from the front.
        rank: number of axes of a layer's input.
    """

    def __init__(self, axes: tuple[int, ...], rank: int) -> None:
        self.axes = axes
        self.rank = rank
        self.others = tuple(a for a in range(rank - 1) if a not in axes)
        self._order = (*self.others, rank - 1, *axes, rank)

    def split(self, x: Tensor) -> Tensor:
        """Heads and steps apart."""
        moved = ops.transpose(x, self._order)
        if len(self.axes) == 1:
            return moved
        sizes = ops.shape(moved)
        lead = len(self.others) + 1
        return ops.reshape(moved, (*sizes[:lead], math.prod(sizes[lead:-1]), sizes[-1]))

    def join(self, x: Tensor, like: Tensor) -> Tensor:
        """(batch, axes..., heads, features) with the axes of the layer's input `like`."""
        if len(self.axes) > 1:
            sizes = ops.shape(x)
            x = ops.reshape(x, (*sizes[:-2], *self.steps(like), sizes[-1]))
        return ops.transpose(x, [self._order.index(a) for a in range(self.rank + 1)])

    def steps(self, x: Tensor) -> list[Any]:
        """The sizes of the axes that attention runs over."""
        sizes = ops.shape(x)
        return [sizes[a] for a in self.axes]

    def step_mask(self, mask: Tensor, x: Tensor) -> Tensor:
        """A mask of the first axes of `x` as (others..., 1, steps)."""
        mask = ops.cast(mask, "bool")
        if self.rank > 3:
            for _ in range(self.rank - 1 - len(mask.shape)):
                mask = ops.expand_dims(mask, -1)
            sizes = ops.shape(x)
            mask = ops.transpose(ops.broadcast_to(mask, sizes[:-1]), self.others + self.axes)
            others = [sizes[a] for a in self.others]
            mask = ops.reshape(mask, (*others, math.prod(self.steps(x))))
        return ops.expand_dims(mask, -2)

    def seen_steps(self, given: Sequence[tuple[Tensor, Tensor | None, int]]) -> Tensor | None:
        """The masks of single steps, as one of pairs (others..., 1, query steps, key steps).

        Args:
            given: inputs, each with its mask (None for the one that travels with it) and with the
                axis that the other's steps get: -1 behind those of a query, -2 before a key's.
        """
        found: list[Tensor | None] = []
        for x, mask, axis in given:
            mask = backend.tensor.get_mask(x) if mask is None else mask
            found.append(None if mask is None else ops.expand_dims(self.step_mask(mask, x), axis))
        return both(*found)

    def pair_mask(self, mask: Tensor) -> Tensor:
        """A mask (..., query axes, key axes) as (..., 1, query steps, key steps)."""
        mask = ops.cast(mask, "bool")
        count = len(self.axes)
        if count > 1:
            sizes = ops.shape(mask)
            lead, pairs = sizes[: -2 * count], sizes[-2 * count :]
            steps = math.prod(pairs[:count]), math.prod(pairs[count:])
            mask = ops.reshape(mask, (*lead, *steps))
        for _ in range(len(self.others) + 3 - len(mask.shape)):
            mask = ops.expand_dims(mask, -3)
        return mask

    def scores(self, weights: Tensor, query: Tensor, key: Tensor) -> Tensor:
        """(others..., heads, query axes, key axes) from weights over steps."""
        if len(self.axes) == 1:
            return weights
        lead = ops.shape(weights)[:-2]
        return ops.reshape(weights, (*lead, *self.steps(query), *self.steps(key)))


def both(*masks: Tensor | None) -> Tensor | None:
    """True where all masks that there are say so."""
    joined = None
    for mask in masks:
        if mask is not None:
            joined = mask if joined is None else ops.logical_and(joined, mask)
    return joined
