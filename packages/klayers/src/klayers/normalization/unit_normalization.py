"""UnitNormalization: every sample gets length 1."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.typing import Shape, Tensor
from klayers.normalization.base import several_axes


class UnitNormalization(Layer):
    """inputs / sqrt(sum of inputs^2), the sum over `axis`; zeros stay zeros.

    Args:
        axis: one or several, default the last.
        **kwargs: see Layer.

    Shapes: input and output have the same.

    Raises:
        ConfigurationError: if an axis is no whole number.
        ShapeError: if the input has no such axis.

    Example:
        >>> UnitNormalization()([[0.0, 4.0]]).numpy().round(3).tolist()
        [[0.0, 1.0]]
    """

    takes_several = False
    supports_masking = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = several_axes(axis, "UnitNormalization")

    def call(self, inputs: Tensor) -> Tensor:
        """The input divided by its length."""
        return ops.normalize(inputs, self.axis, 2, 1e-12)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
