"""ActivityRegularization: large outputs cost."""

from __future__ import annotations

from typing import Any

from kcore import Layer, regularizers
from kcore.arguments import number
from kcore.typing import Config, Shape, Tensor


class ActivityRegularization(Layer):
    """The input, unchanged; adds l1 * sum(|x|) + l2 * sum(x * x), by the batch size, to the loss.

    Args:
        l1: at least 0, default 0.
        l2: at least 0, default 0.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if a factor is negative.

    Example:
        >>> ActivityRegularization(l2=0.1).compute_output_shape((None, 3))
        (None, 3)
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        self.l1 = number(l1, "l1", "ActivityRegularization", low=0)
        self.l2 = number(l2, "l2", "ActivityRegularization", low=0)
        regularizer = regularizers.L1L2(l1=self.l1, l2=self.l2)
        super().__init__(activity_regularizer=regularizer, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        """The input."""
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape

    def get_config(self) -> Config:
        """The factors stand for the regularizer."""
        config = super().get_config()
        del config["activity_regularizer"]
        return config
