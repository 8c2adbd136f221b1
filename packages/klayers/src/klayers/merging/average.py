"""Average: the mean of several inputs."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.merging.base import BaseMerge


class Average(BaseMerge):
    """The mean of several inputs, element by element.

    Args:
        mask_reduction: a step counts where "any" input has it unmasked, or only where "all" have.
        **kwargs: see Layer.

    Shapes: a list of inputs whose shapes broadcast, output their broadcast shape.

    Raises:
        ShapeError: if the shapes do not broadcast.

    Example:
        >>> Average().compute_output_shape([(None, 3), (None, 3)])
        (None, 3)
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Several tensors to one."""
        return super().call(inputs) / len(inputs)

    def merge(self, first: Tensor, second: Tensor) -> Tensor:
        """first + second."""
        return ops.add(first, second)


def average(inputs: list[Tensor], **kwargs: Any) -> Tensor:
    """The mean of several inputs; arguments as for Average."""
    return Average(**kwargs)(inputs)
