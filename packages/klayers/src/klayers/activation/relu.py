"""ReLU: negative values become zero, with limits if wanted."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations
from kcore.arguments import number
from kcore.typing import Shape, Tensor


class ReLU(Layer):
    """x from the threshold up to max_value, negative_slope * (x - threshold) below the threshold.

    Args:
        max_value: upper limit, at least 0; none if None.
        negative_slope: slope below the threshold, at least 0.
        threshold: at least 0.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if an argument is negative.

    Example:
        >>> ReLU(max_value=6)([-1.0, 2.0, 8.0]).numpy().tolist()
        [0.0, 2.0, 6.0]
    """

    takes_several = False
    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        limit = max_value
        self.max_value = None if limit is None else number(limit, "max_value", "ReLU", low=0)
        self.negative_slope = number(negative_slope, "negative_slope", "ReLU", low=0)
        self.threshold = number(threshold, "threshold", "ReLU", low=0)

    def call(self, inputs: Tensor) -> Tensor:
        """Each element by the function."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
