"""LayerScale: a learnt factor for each channel."""

from __future__ import annotations

from typing import Any

from kcore.layer import Layer
from kcore.typing import Shape, Tensor


class LayerScale(Layer):
    """inputs * gamma, with one number for each channel of the last axis.

    Touvron and others, Going Deeper with Image Transformers, 2021.

    Args:
        init_values: first value of every factor.
        projection_dim: number of channels.
        **kwargs: see Layer.

    Shapes:
        input and output (batch, ..., channels); weight gamma (channels,).

    Example:
        >>> LayerScale(1e-6, 8).compute_output_shape((None, 4, 4, 8))
        (None, 4, 4, 8)
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape: Shape) -> None:
        """Makes the factors."""
        first = {"class_name": "Constant", "config": {"value": self.init_values}}
        self.gamma = self.add_weight((self.projection_dim,), first, name="gamma")

    def call(self, inputs: Tensor) -> Tensor:
        """Multiplies."""
        return inputs * self.gamma

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The same."""
        return input_shape
