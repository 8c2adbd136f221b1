"""LeakyReLU: a small slope where relu has none."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.typing import Shape, Tensor


class LeakyReLU(Layer):
    """x where positive, negative_slope * x elsewhere (Maas et al., 2013).

    Args:
        negative_slope: at least 0, default 0.3; `alpha` is its name in earlier Keras.
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Raises:
        ConfigurationError: if the slope is negative, or given by both names.

    Example:
        >>> LeakyReLU(0.1)([-1.0, 2.0]).numpy().tolist()
        [-0.10000000149011612, 2.0]
    """

    takes_several = False
    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            if negative_slope != 0.3:
                raise ConfigurationError(
                    f"LeakyReLU received negative_slope={negative_slope!r} and "
                    f"alpha={kwargs['alpha']!r}, which mean the same; give negative_slope only."
                )
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        self.negative_slope = number(negative_slope, "negative_slope", "LeakyReLU", low=0)

    def call(self, inputs: Tensor) -> Tensor:
        """Each element by the function."""
        return ops.leaky_relu(inputs, self.negative_slope)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
