"""What depthwise convolutions over one and two axes share."""

from __future__ import annotations

from typing import Any

from kcore import constraints, initializers, ops, regularizers, shapes
from kcore.ops.spatial_rules import window_shape
from kcore.typing import Shape, Tensor
from klayers.convolution.base import BaseWindow


class BaseDepthwiseConv(BaseWindow):
    """Convolution of each channel by itself; DepthwiseConv1D and DepthwiseConv2D document it."""

    # Keras 2 writes it beside the initializers that count
    ignored_arguments = ("kernel_initializer",)

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        depthwise_constraint: Any = None,
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
        owner = f"{type(self).__name__}: depth_multiplier"
        self.depth_multiplier = shapes.as_tuple(depth_multiplier, 1, owner)[0]
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the number of channels."""
        channels = self.start_build(input_shape)
        self.kernel = self.add_weight(
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
            name="kernel",
        )
        self.add_bias((None if channels is None else channels * self.depth_multiplier,))

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, channels * depth_multiplier)."""
        outputs = ops.depthwise_conv(
            inputs,
            ops.cast(self.kernel, self.compute_dtype),
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.finish(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The spatial sizes by window, stride, padding and dilation; channels multiplied."""
        channels = input_shape[self.channel_axis]
        return window_shape(
            tuple(input_shape),
            self.kernel_size,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
            None if channels is None else channels * self.depth_multiplier,
            self._describe(),
        )
