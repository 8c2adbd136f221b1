"""What convolutions over one, two and three axes share."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations, config, constraints, initializers, ops, regularizers, shapes
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.ops.shape_rules import window_shape
from kcore.typing import Shape, Tensor


class BaseConv(Layer):
    """Convolution over `rank` axes; Conv1D, Conv2D and Conv3D document the arguments."""

    rank: int
    paddings: tuple[str, ...] = ("valid", "same")

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
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.filters = shapes.as_tuple(filters, 1, f"{owner}: filters")[0]
        self.kernel_size = shapes.as_tuple(kernel_size, self.rank, f"{owner}: kernel_size")
        self.strides = shapes.as_tuple(strides, self.rank, f"{owner}: strides")
        self.padding = shapes.check_padding(padding, owner, self.paddings)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = shapes.as_tuple(dilation_rate, self.rank, f"{owner}: dilation_rate")
        self.groups = shapes.as_tuple(groups, 1, f"{owner}: groups")[0]
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ConfigurationError(
                f"{owner}: strides {self.strides} and dilation_rate {self.dilation_rate} cannot "
                "both be above 1; choose one."
            )
        if self.filters % self.groups:
            raise ConfigurationError(
                f"{owner}: filters ({self.filters}) must be divisible by groups ({self.groups})."
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channel_axis(self) -> int:
        """Where the channels are."""
        return 1 if self.data_format == "channels_first" else -1

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the number of channels."""
        channels = input_shape[self.channel_axis]
        if channels is not None and channels % self.groups:
            raise ConfigurationError(
                f"Layer {self.name!r} ({type(self).__name__}): the input has {channels} channels, "
                f"which groups={self.groups} does not divide."
            )
        self.kernel = self.add_weight(
            (
                *self.kernel_size,
                None if channels is None else channels // self.groups,
                self.filters,
            ),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.filters,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, filters)."""
        outputs = ops.conv(
            inputs,
            ops.cast(self.kernel, self.compute_dtype),
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
            self.groups,
        )
        if self.bias is not None:
            outputs = ops.bias_add(
                outputs, ops.cast(self.bias, self.compute_dtype), self.data_format
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
            channels=self.filters,
        )
