"""RMSNormalization: every sample gets mean square 1 over its features."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops, shapes
from kcore.arguments import number
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.normalization.base import several_axes


class RMSNormalization(Layer):
    """scale * inputs / sqrt(mean of inputs^2 + epsilon), sample by sample.

    Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.

    Args:
        axis: one or several over which the mean is taken, default the last.
        epsilon: added to the mean square, at least 0.
        **kwargs: see Layer.

    Shapes:
        input and output have the same; the weight scale has the sizes of the axes in ascending
        order.

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the input has no such axis.

    Example:
        >>> RMSNormalization().compute_output_shape((None, 7, 32))
        (None, 7, 32)
    """

    takes_several = False

    supports_masking = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = several_axes(axis, "RMSNormalization")
        self.epsilon = number(epsilon, "epsilon", "RMSNormalization", low=0)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Makes the scale for the sizes of the axes."""
        rank, owner = len(input_shape), f"{self._describe()}: axis"
        axes = shapes.normalize_axes(self.axis, rank, owner)
        sizes = {axis: input_shape[axis] for axis in sorted(axes)}
        self.scale = self.add_weight(tuple(sizes.values()), "ones", name="scale")
        self.input_spec = InputSpec(ndim=rank, axes=sizes)

    def call(self, inputs: Tensor) -> Tensor:
        """The normalised input."""
        return ops.rms_normalization(inputs, self.scale.value, self.axis, self.epsilon)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
