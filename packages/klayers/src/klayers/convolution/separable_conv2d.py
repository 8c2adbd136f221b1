"""SeparableConv2D: a window for each channel, then a mixture of the channels."""

from __future__ import annotations

from klayers.convolution.base_separable_conv import BaseSeparableConv


class SeparableConv2D(BaseSeparableConv):
    """activation(pointwise(depthwise(inputs)) + bias) over height and width.

    A convolution of each channel by itself, then one with a window of 1 that mixes the channels; as
    in Xception (Chollet, 2017).

    Args:
        filters: number of outputs at each place, at least 1.
        kernel_size: height and width of the window, one number for both, at least 1.
        strides: steps of the window, one number for both.
        padding: "valid" (the window stays inside) or "same" (zeros around).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: steps between the taps of the window.
        depth_multiplier: number of windows for each channel, at least 1.
        activation: function or name; none if None.
        use_bias: whether `bias` is added.
        depthwise_initializer: first values of the depthwise kernel.
        pointwise_initializer: first values of the pointwise kernel.
        bias_initializer: first values of the bias.
        depthwise_regularizer: adds to the loss from the depthwise kernel.
        pointwise_regularizer: adds to the loss from the pointwise kernel.
        bias_regularizer: adds to the loss from the bias.
        depthwise_constraint: applied to the depthwise kernel after each update.
        pointwise_constraint: applied to the pointwise kernel after each update.
        bias_constraint: applied to the bias after each update.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output (batch, new height, new width, filters);
        weights depthwise_kernel (*kernel_size, channels, depth_multiplier), pointwise_kernel (1, 1,
        channels * depth_multiplier, filters) and bias (filters,).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> SeparableConv2D(8, 3).compute_output_shape((None, 28, 28, 1))
        (None, 26, 26, 8)
    """

    rank = 2
