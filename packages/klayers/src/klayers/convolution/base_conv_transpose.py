"""What transposed convolutions over one, two and three axes share."""

from __future__ import annotations

from typing import Any

from kcore import constraints, initializers, ops, regularizers, shapes
from kcore.ops.spatial_rules import check_steps, output_paddings, transposed_shape
from kcore.typing import Shape, Tensor
from klayers.convolution.base import BaseWindow


class BaseConvTranspose(BaseWindow):
    """Transposed convolution over `rank` axes; Conv2DTranspose and the others document it."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        check_steps(self.strides, self.dilation_rate, owner)
        extra = output_paddings(output_padding, self.strides, owner)
        self.output_padding = None if output_padding is None else extra
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the number of channels."""
        channels = self.start_build(input_shape)
        self.kernel = self.add_weight(
            (*self.kernel_size, self.filters, channels),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, filters)."""
        outputs = ops.conv_transpose(
            inputs,
            ops.cast(self.kernel, self.compute_dtype),
            self.strides,
            self.padding,
            self.output_padding,
            self.data_format,
            self.dilation_rate,
        )
        return self.finish(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The spatial sizes by `kcore.shapes.transposed_length`; the filters as channels."""
        return transposed_shape(
            tuple(input_shape),
            self.kernel_size,
            self.strides,
            self.padding,
            self.output_padding or (None,) * self.rank,
            self.data_format,
            self.dilation_rate,
            self.filters,
            self._describe(),
        )
