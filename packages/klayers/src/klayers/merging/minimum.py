"""Minimum: the smallest of several inputs."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.merging.base import BaseExtreme


class Minimum(BaseExtreme):
    """The smallest of several inputs, element by element.

    Args:
        mask_reduction: a step counts where "any" input has it unmasked, or only where "all" have.
        **kwargs: see Layer.

    Shapes: a list of inputs whose shapes broadcast, output their broadcast shape.

    Raises:
        ShapeError: if the shapes do not broadcast.

    Example:
        >>> Minimum().compute_output_shape([(None, 3), (None, 3)])
        (None, 3)
    """

    def merge(self, first: Tensor, second: Tensor) -> Tensor:
        """The smaller of the two."""
        return ops.minimum(first, second)


def minimum(inputs: list[Tensor], **kwargs: Any) -> Tensor:
    """The smallest of several inputs; arguments as for Minimum."""
    return Minimum(**kwargs)(inputs)
