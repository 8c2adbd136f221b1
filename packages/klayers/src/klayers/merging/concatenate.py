"""Concatenate: several inputs one behind the other."""

from __future__ import annotations

from typing import Any

from kcore import ops, shapes
from kcore.errors import ConfigurationError, ShapeError, shown
from kcore.typing import Shape, Tensor
from klayers.merging.base import BaseMerge


class Concatenate(BaseMerge):
    """Several inputs one behind the other along an axis.

    Args:
        axis: default the last; not the batch.
        mask_reduction: where features are joined, a step counts where "any" input has it unmasked,
            or only where "all" have.
        **kwargs: see Layer.

    Shapes: a list of inputs that differ in that axis only, output with their sizes added up there.

    Raises:
        ShapeError: if other sizes differ.

    Example:
        >>> Concatenate().compute_output_shape([(None, 3), (None, 4)])
        (None, 7)
    """

    def __init__(self, axis: int = -1, mask_reduction: str = "any", **kwargs: Any) -> None:
        super().__init__(mask_reduction, **kwargs)
        if isinstance(axis, bool) or not hasattr(axis, "__index__"):
            raise ConfigurationError(
                f"Concatenate: axis must be a whole number; received {shown(axis)}."
            )
        self.axis = int(axis)

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Several tensors to one."""
        return ops.concatenate(inputs, self.axis)

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """Sizes along the axis added up."""
        first = tuple(input_shape[0])
        if any(len(shape) != len(first) for shape in input_shape):
            raise ShapeError(
                f"Layer {self.name!r} (Concatenate) joins tensors with equally many axes; received "
                f"{', '.join(shapes.describe(tuple(s)) for s in input_shape)}. Bring them to one "
                "rank first, for example with Flatten or Reshape."
            )
        axis = shapes.normalize_axis(
            self.axis, len(first), f"Layer {self.name!r} (Concatenate): axis"
        )
        rest = [(*s[:axis], None, *s[axis + 1 :]) for s in map(tuple, input_shape)]
        if not all(shapes.compatible(rest[0], other) for other in rest):
            raise ShapeError(
                f"Layer {self.name!r} (Concatenate) joins along axis {axis}; shapes "
                f"{', '.join(shapes.describe(tuple(s)) for s in input_shape)} differ elsewhere. "
                "Pad or crop them to equal sizes, or choose another axis."
            )
        sizes = [s[axis] for s in input_shape]
        known = [size for size in sizes if size is not None]
        total = sum(known) if len(known) == len(sizes) else None
        return (*first[:axis], total, *first[axis + 1 :])

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The masks one behind the other where steps are joined; else as for other joins.

        An input without a mask has nothing masked, if another has one.
        """
        masks = previous_mask if isinstance(previous_mask, (list, tuple)) else [previous_mask]
        ranks = [len(mask.shape) for mask in masks if mask is not None]
        if not ranks:
            return None
        masks = [
            ops.ones_like(_corner(x, ranks[0]), "bool") if mask is None else mask
            for x, mask in zip(inputs, masks, strict=True)
        ]
        if self.axis % len(inputs[0].shape) < len(masks[0].shape):
            return ops.concatenate(list(masks), self.axis % len(inputs[0].shape))
        return super().compute_mask(inputs, masks)


def _corner(x: Tensor, rank: int) -> Tensor:
    """The first element along every axis but the first `rank`."""
    return x[(slice(None),) * rank + (0,) * (len(x.shape) - rank)]


def concatenate(inputs: list[Tensor], axis: int = -1, **kwargs: Any) -> Tensor:
    """Several tensors one behind the other; arguments as for Concatenate."""
    return Concatenate(axis, **kwargs)(inputs)
