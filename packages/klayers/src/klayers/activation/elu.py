"""ELU: exponential below zero."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.arguments import number
from kcore.typing import Shape, Tensor


class ELU(Layer):
    """x where positive, alpha * (exp(x) - 1) elsewhere (Clevert et al., 2016).

    Args:
        alpha: how deep it goes, at least 0, default 1.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if alpha is negative.

    Example:
        >>> ELU()([0.0, 2.0]).numpy().tolist()
        [0.0, 2.0]
    """

    takes_several = False
    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = number(alpha, "alpha", "ELU", low=0)

    def call(self, inputs: Tensor) -> Tensor:
        """Each element by the function."""
        return ops.elu(inputs, self.alpha)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
