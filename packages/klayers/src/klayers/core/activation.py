"""Activation: a function as a layer."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations
from kcore.typing import Shape, Tensor


class Activation(Layer):
    """activation(inputs).

    Args:
        activation: function or name.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Example:
        >>> Activation("relu").compute_output_shape((None, 2))
        (None, 2)
    """

    takes_several = False
    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Tensor) -> Tensor:
        """Each element, or each vector of the last axis, by the function."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
