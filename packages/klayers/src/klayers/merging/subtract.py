"""Subtract: the first input minus the second."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.errors import ShapeError
from kcore.typing import Tensor
from klayers.merging.base import BaseMerge


class Subtract(BaseMerge):
    """The first input minus the second, element by element.

    Args:
        mask_reduction: a step counts where "any" input has it unmasked, or only where "all" have.
        **kwargs: see Layer.

    Shapes: a list of two inputs whose shapes broadcast, output their broadcast shape.

    Raises:
        ShapeError: if there are not two inputs, or the shapes do not broadcast.

    Example:
        >>> Subtract().compute_output_shape([(None, 3), (None, 3)])
        (None, 3)
    """

    def build(self, input_shape: Any) -> None:
        """Checks that there are two inputs."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ShapeError(
                f"Layer {self.name!r} (Subtract) takes two inputs; received {len(input_shape)}. "
                "Call it with a list of two: layer([a, b])."
            )

    def merge(self, first: Tensor, second: Tensor) -> Tensor:
        """first - second."""
        return ops.subtract(first, second)


def subtract(inputs: list[Tensor], **kwargs: Any) -> Tensor:
    """The first input minus the second; arguments as for Subtract."""
    return Subtract(**kwargs)(inputs)
