"""Softmax: shares that add up to one, some of them left out by a mask."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor

# stands for minus infinity in 16 bits too, where -inf - (-inf) would give NaN
_FAR_BELOW = {"float16": -6e4}
_FAR_BELOW_OTHERS = -1e9


class Softmax(Layer):
    """exp(x) / sum(exp(x)) along an axis.

    Args:
        axis: one axis or several taken together, default the last.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Example:
        >>> Softmax()([[1.0, 1.0]]).numpy().tolist()
        [[0.5, 0.5]]
    """

    takes_several = False
    supports_masking = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        axes = axis if isinstance(axis, (list, tuple)) else [axis]
        if not axes or any(type(a) is not int for a in axes):
            raise ConfigurationError(
                f"Softmax: axis must be a whole number, or a list of them; received {axis!r}."
            )
        self.axis = axis if isinstance(axis, int) else list(axis)

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """The shares.

        Args:
            inputs: of any shape.
            mask: booleans that broadcast to the inputs from the front; where False the share is 0.
        """
        if mask is not None and self._reaches(len(mask.shape), len(inputs.shape)):
            for _ in range(len(inputs.shape) - len(mask.shape)):
                mask = ops.expand_dims(mask, -1)
            below = _FAR_BELOW.get(self.compute_dtype, _FAR_BELOW_OTHERS)
            inputs = inputs + (1.0 - ops.cast(mask, self.compute_dtype)) * below
            axis = self.axis if isinstance(self.axis, int) else tuple(self.axis)
            # where everything is masked there is nothing to share
            some = ops.cast(ops.any(mask, axis, keepdims=True), self.compute_dtype)
            return self._shares(inputs) * some
        return self._shares(inputs)

    def _shares(self, inputs: Tensor) -> Tensor:
        if isinstance(self.axis, int):
            return ops.softmax(inputs, self.axis)
        return ops.exp(inputs - ops.logsumexp(inputs, tuple(self.axis), keepdims=True))

    def _reaches(self, mask_rank: int, rank: int) -> bool:
        """Whether the mask leaves out parts of a sum, and not whole sums."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        return any(axis % rank < mask_rank for axis in axes)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
