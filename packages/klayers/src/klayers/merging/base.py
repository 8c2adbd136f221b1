"""What layers that join several inputs share."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops, shapes
from kcore.arguments import choice
from kcore.errors import ShapeError, shown
from kcore.typing import Config, Shape, Tensor


class BaseMerge(Layer):
    """Joins a list of inputs element by element; smaller ranks get axes behind the batch."""

    supports_masking = True

    def __init__(self, mask_reduction: str = "any", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_reduction = choice(
            mask_reduction, "mask_reduction", type(self).__name__, ("any", "all")
        )

    def merge(self, first: Tensor, second: Tensor) -> Tensor:
        """Two of the inputs as one."""
        raise NotImplementedError(f"{type(self).__name__}.merge")

    def build(self, input_shape: Any) -> None:
        """Checks that there are several inputs."""
        several = isinstance(input_shape, (list, tuple)) and all(
            isinstance(s, (list, tuple)) for s in input_shape
        )
        if not several or len(input_shape) < 1:
            raise ShapeError(
                f"Layer {self.name!r} ({type(self).__name__}) joins a list of tensors; received "
                f"one of shape {input_shape}. Call it with a list: layer([a, b])."
            )

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs for symbolic inputs."""
        for value in inputs if isinstance(inputs, (list, tuple)) else ():
            if not hasattr(value, "shape"):
                raise ShapeError(
                    f"Layer {self.name!r} ({type(self).__name__}) joins a list of tensors; "
                    f"received {shown(value)} among them."
                )
        return super().compute_output_spec(inputs, *args, **kwargs)

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Several tensors to one."""
        rank = max(len(x.shape) for x in inputs)
        total = _with_rank(inputs[0], rank)
        for x in inputs[1:]:
            total = self.merge(total, _with_rank(x, rank))
        return total

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """The inputs' shapes, broadcast."""
        rank = max(len(shape) for shape in input_shape)
        padded = [(s[0], *(1,) * (rank - len(s)), *s[1:]) for s in input_shape]
        try:
            return shapes.broadcast(*padded)
        except ShapeError:
            raise ShapeError(
                f"Layer {self.name!r} ({type(self).__name__}) cannot join shapes "
                f"{', '.join(shapes.describe(tuple(s)) for s in input_shape)}: sizes must be equal "
                "or 1. Bring them to one shape first, for example with Dense or a 1x1 Conv2D."
            ) from None

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """True where any input, or all, are unmasked.

        With "any" an input without a mask leaves nothing masked; with "all" it has no say.
        """
        masks = previous_mask if isinstance(previous_mask, (list, tuple)) else [previous_mask]
        given = [mask for mask in masks if mask is not None]
        if not given or (self.mask_reduction == "any" and len(given) < len(masks)):
            return None
        join = ops.logical_or if self.mask_reduction == "any" else ops.logical_and
        joined = given[0]
        for mask in given[1:]:
            joined = join(joined, mask)
        return joined

    def get_config(self) -> Config:
        """The arguments; without the reduction that Keras knows alone."""
        config = super().get_config()
        if self.mask_reduction == "any":
            del config["mask_reduction"]
        return config


class BaseExtreme(BaseMerge):
    """What Maximum and Minimum share: masked steps are left to the other inputs."""

    def call(self, inputs: list[Tensor], mask: Any = None) -> Tensor:
        """Several tensors to one; where all are masked it is the first one's."""
        masks = mask if isinstance(mask, (list, tuple)) else [None] * len(inputs)
        if all(m is None for m in masks):
            return super().call(inputs)
        rank = max(len(x.shape) for x in inputs)
        kept = [
            None if m is None else _with_rank(behind(m, len(x.shape)), rank)
            for m, x in zip(masks, inputs, strict=True)
        ]
        result, *others = [_with_rank(x, rank) for x in inputs]
        valid = kept[0]
        for x, keep in zip(others, kept[1:], strict=True):
            if keep is not None:
                x = ops.where(keep, x, result)
            if valid is not None:
                result = ops.where(valid, result, x)
            both = valid is not None and keep is not None
            valid = ops.logical_or(valid, keep) if both else None
            result = self.merge(result, x)
        return result


def behind(mask: Tensor, rank: int) -> Tensor:
    """The mask with axes of size 1 behind it."""
    for _ in range(rank - len(mask.shape)):
        mask = ops.expand_dims(mask, -1)
    return mask


def _with_rank(x: Tensor, rank: int) -> Tensor:
    for _ in range(rank - len(x.shape)):
        x = ops.expand_dims(x, 1)
    return x
