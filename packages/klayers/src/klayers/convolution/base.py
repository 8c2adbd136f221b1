"""What all layers that move weights over spatial axes share."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations, config, constraints, initializers, ops, regularizers, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class BaseWindow(Layer):
    """A window of weights over `rank` spatial axes, then a bias and an activation.

    The kernels and what is computed with them belong to the families: BaseConv, BaseConvTranspose,
    BaseDepthwiseConv and BaseSeparableConv, whose constructors the layers inherit.
    """

    rank: int
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.kernel_size = shapes.as_tuple(kernel_size, self.rank, f"{owner}: kernel_size")
        self.strides = shapes.as_tuple(strides, self.rank, f"{owner}: strides")
        self.padding = shapes.check_padding(padding, owner, self.paddings)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = shapes.as_tuple(dilation_rate, self.rank, f"{owner}: dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channel_axis(self) -> int:
        """Where the channels are."""
        return 1 if self.data_format == "channels_first" else -1

    def start_build(self, input_shape: Shape) -> int | None:
        """The number of channels, from now on the only one accepted.

        Raises:
            ShapeError: if the window does not fit into the input.
        """
        self.compute_output_shape(input_shape)
        channels = input_shape[self.channel_axis]
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})
        return channels

    def add_bias(self, shape: Shape) -> None:
        """Makes the bias, if there is to be one."""
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def finish(self, outputs: Tensor) -> Tensor:
        """Adds the bias and applies the activation."""
        if self.bias is not None:
            outputs = ops.bias_add(
                outputs, ops.cast(self.bias, self.compute_dtype), self.data_format
            )
        return self.activation(outputs)
