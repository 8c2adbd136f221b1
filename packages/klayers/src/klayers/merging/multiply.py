"""Multiply: the product of several inputs."""

from __future__ import annotations

import functools
from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.merging.base import BaseMerge, behind


class Multiply(BaseMerge):
    """The product of several inputs, element by element.

    Args:
        mask_reduction: a step counts where "any" input has it unmasked, or only where "all" have.
        **kwargs: see Layer.

    Shapes: a list of inputs whose shapes broadcast, output their broadcast shape.

    Raises:
        ShapeError: if the shapes do not broadcast.

    Example:
        >>> Multiply().compute_output_shape([(None, 3), (None, 3)])
        (None, 3)
    """

    def call(self, inputs: list[Tensor], mask: Any = None) -> Tensor:
        """Several tensors to one; a masked step counts as 1, and as 0 where all are masked."""
        masks = mask if isinstance(mask, (list, tuple)) else [None] * len(inputs)
        kept = [
            None if m is None else behind(m, len(x.shape))
            for m, x in zip(masks, inputs, strict=True)
        ]
        filled = [
            x if keep is None else ops.where(keep, x, ops.ones_like(x))
            for keep, x in zip(kept, inputs, strict=True)
        ]
        result = super().call(filled)
        if any(keep is None for keep in kept):
            return result
        return result * ops.cast(functools.reduce(ops.logical_or, kept), self.compute_dtype)

    def merge(self, first: Tensor, second: Tensor) -> Tensor:
        """first * second."""
        return ops.multiply(first, second)


def multiply(inputs: list[Tensor], **kwargs: Any) -> Tensor:
    """The product of several inputs; arguments as for Multiply."""
    return Multiply(**kwargs)(inputs)
