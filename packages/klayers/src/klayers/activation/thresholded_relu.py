"""ThresholdedReLU: values up to a threshold become zero."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.arguments import number
from kcore.typing import Shape, Tensor


class ThresholdedReLU(Layer):
    """x where x > theta, 0 elsewhere; nothing is taken off (Konda et al., 2015).

    Args:
        theta: the threshold, at least 0, default 1.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if theta is negative.

    Example:
        >>> ThresholdedReLU()([0.5, 2.0]).numpy().tolist()
        [0.0, 2.0]
    """

    takes_several = False
    supports_masking = True

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theta = number(theta, "theta", "ThresholdedReLU", low=0)

    def call(self, inputs: Tensor) -> Tensor:
        """Each element by the function."""
        return ops.where(ops.greater(inputs, self.theta), inputs, ops.zeros_like(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
