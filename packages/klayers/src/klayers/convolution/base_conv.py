"""What convolutions over one, two and three axes share."""

from __future__ import annotations

from typing import Any

from kcore import constraints, initializers, ops, regularizers, shapes
from kcore.errors import ConfigurationError
from kcore.ops.spatial_rules import check_steps, window_shape
from kcore.typing import Shape, Tensor
from klayers.convolution.base import BaseWindow


class BaseConv(BaseWindow):
    """Convolution over `rank` axes; Conv1D, Conv2D and Conv3D document the arguments."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
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
        self.groups = shapes.as_tuple(groups, 1, f"{owner}: groups")[0]
        check_steps(self.strides, self.dilation_rate, owner)
        if self.filters % self.groups:
            raise ConfigurationError(
                f"{owner}: filters ({self.filters}) must be divisible by groups ({self.groups})."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the number of channels."""
        channels = self.start_build(input_shape)
        if channels is not None and channels % self.groups:
            raise ConfigurationError(
                f"Layer {self.name!r} ({type(self).__name__}): the input has {channels} channels, "
                f"which groups={self.groups} does not divide."
            )
        part = None if channels is None else channels // self.groups
        self.kernel = self.add_weight(
            (*self.kernel_size, part, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, filters)."""
        outputs = ops.conv(
            inputs,
            ops.cast(self.kernel, self.compute_dtype),
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
            None if self.bias is None else ops.cast(self.bias, self.compute_dtype),
        )
        return self.activation(outputs)

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
