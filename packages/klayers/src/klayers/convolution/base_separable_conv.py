"""What separable convolutions over one and two axes share."""

from __future__ import annotations

from typing import Any

from kcore import constraints, initializers, ops, regularizers, shapes
from kcore.ops.spatial_rules import window_shape
from kcore.typing import Shape, Tensor
from klayers.convolution.base import BaseWindow


class BaseSeparableConv(BaseWindow):
    """Depthwise, then pointwise convolution; SeparableConv1D and SeparableConv2D document it."""

    # Keras 2 writes it beside the initializers that count
    ignored_arguments = ("kernel_initializer",)

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            **kwargs,
        )
        owner = type(self).__name__
        self.filters = shapes.as_tuple(filters, 1, f"{owner}: filters")[0]
        multiplier = shapes.as_tuple(depth_multiplier, 1, f"{owner}: depth_multiplier")
        self.depth_multiplier = multiplier[0]
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: Shape) -> None:
        """Makes both kernels and the bias for the number of channels."""
        channels = self.start_build(input_shape)
        self.depthwise_kernel = self.add_weight(
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
            name="depthwise_kernel",
        )
        spread = None if channels is None else channels * self.depth_multiplier
        self.pointwise_kernel = self.add_weight(
            (*(1,) * self.rank, spread, self.filters),
            self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
            name="pointwise_kernel",
        )
        self.add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, filters)."""
        outputs = ops.separable_conv(
            inputs,
            ops.cast(self.depthwise_kernel, self.compute_dtype),
            ops.cast(self.pointwise_kernel, self.compute_dtype),
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.finish(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The spatial sizes by window, stride, padding and dilation; the filters as channels."""
        return window_shape(
            tuple(input_shape),
            self.kernel_size,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
            self.filters,
            self._describe(),
        )
