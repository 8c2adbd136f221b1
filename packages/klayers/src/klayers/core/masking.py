"""Masking: steps that hold nothing but one value are left out by the layers behind."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.arguments import number
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class Masking(Layer):
    """Masks the steps whose features all equal `mask_value`, and sets them to zero.

    Args:
        mask_value: what padding consists of, default 0.
        **kwargs: see Layer.

    Shapes: input and output (batch, steps, ..., features); the mask has no last axis.

    Example:
        >>> import numpy as np
        >>> Masking().compute_mask(np.array([[[1.0], [0.0]]]), None).numpy().tolist()
        [[True, False]]
    """

    takes_several = False
    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = number(mask_value, "mask_value", "Masking")
        self.input_spec = InputSpec(min_ndim=2)

    def call(self, inputs: Tensor) -> Tensor:
        """The input; masked steps are zero."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), -1, keepdims=True)
        return inputs * ops.cast(kept, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """True where any feature differs from `mask_value`."""
        return ops.any(ops.not_equal(inputs, self.mask_value), -1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
