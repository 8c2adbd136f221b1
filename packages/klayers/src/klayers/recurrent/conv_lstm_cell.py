"""ConvLSTMCell: one step of an LSTM whose products are convolutions."""

from __future__ import annotations

from typing import Any

from kcore import config, ops, shapes
from kcore.input_spec import InputSpec
from kcore.ops.spatial_rules import window_shape
from kcore.typing import Shape, Tensor
from klayers.recurrent.base_cell import Masks
from klayers.recurrent.lstm_cell import LSTMCell
from klayers.recurrent.weights import add_recurrent_weights


class ConvLSTMCell(LSTMCell):
    """One step of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D, which document the other arguments.

    Args:
        rank: number of spatial axes.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        **kwargs: Any,
    ) -> None:
        owner = f"ConvLSTM{rank}D"
        shapes.as_tuple(filters, 1, f"{owner}: filters")
        super().__init__(filters, **kwargs)
        self.rank = rank
        self.filters = self.units
        self.kernel_size = shapes.as_tuple(kernel_size, rank, f"{owner}: kernel_size")
        self.strides = shapes.as_tuple(strides, rank, f"{owner}: strides")
        self.padding = shapes.check_padding(padding, owner)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = shapes.as_tuple(dilation_rate, rank, f"{owner}: dilation_rate")
        self.gate_axis = 1 if self.data_format == "channels_first" else -1
        self._set_state_size(self.state_shape((None,) * (rank + 2)))

    def _set_state_size(self, shape: Shape) -> None:
        self.state_size = [shape, shape]
        self.output_size: Any = shape

    def state_shape(self, step_shape: Shape) -> Shape:
        """The shape of a state, without the batch, for the shape of one step's input."""
        return window_shape(
            tuple(step_shape),
            self.kernel_size,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
            channels=self.filters,
        )[1:]

    def build(self, input_shape: Shape) -> None:
        """Makes the weights for the number of channels."""
        channels = input_shape[self.gate_axis]
        add_recurrent_weights(
            self,
            (*self.kernel_size, channels, 4 * self.filters),
            (*self.kernel_size, self.filters, 4 * self.filters),
            self._bias_shape(),
            self._first_bias(),
        )
        self._set_state_size(self.state_shape(input_shape))
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.gate_axis: channels})

    def project(self, inputs: Tensor, masks: Masks) -> Tensor:
        """The convolution with the input, of one step or of all steps together."""
        several = ops.ndim(inputs) > self.rank + 2
        sizes = ops.shape(inputs)
        flat = inputs
        if several:
            flat = ops.reshape(inputs, (-1, *sizes[2:]))
            if masks is not None:  # a mask is for one step
                repeats = (sizes[0], *[1] * (self.rank + 1))
                masks = [ops.tile(mask, repeats) for mask in masks]
        kernel = ops.cast(self.kernel, inputs.dtype)
        sums = self._input_product(flat, kernel, masks)
        if self.bias is not None:
            sums = ops.bias_add(sums, ops.cast(self.bias, inputs.dtype), self.data_format)
        return ops.reshape(sums, (*sizes[:2], *ops.shape(sums)[1:])) if several else sums

    def _input_product(self, values: Tensor, kernel: Tensor, masks: Masks) -> Tensor:
        if masks is not None and len(masks) > 1:
            pairs = zip(masks, ops.split(kernel, len(masks), -1), strict=True)
            parts = [self._input_product(values, part, [mask]) for mask, part in pairs]
            return ops.concatenate(parts, self.gate_axis)
        values = values if masks is None else values * masks[0]
        return ops.conv(
            values, kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )

    def multiply(self, values: Tensor, kernel: Tensor) -> Tensor:
        """The convolution of the state, which keeps its size."""
        return ops.conv(values, kernel, 1, "same", self.data_format)

    def is_standard(self) -> bool:
        """No kernel with a hand-written gradient computes convolutions."""
        return False
