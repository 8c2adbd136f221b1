"""DepthwiseConv2D: windows of their own for each channel of images."""

from __future__ import annotations

from klayers.convolution.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv2D(BaseDepthwiseConv):
    """activation(convolution of each channel by itself + bias) over height and width.

    Channel c gives the outputs c * depth_multiplier to (c + 1) * depth_multiplier - 1.

    Args:
        kernel_size: height and width of the window, one number for both, at least 1.
        strides: steps of the window, one number for both.
        padding: "valid" (the window stays inside) or "same" (zeros around).
        depth_multiplier: number of windows for each channel, at least 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: steps between the taps of the window.
        activation: function or name; none if None.
        use_bias: whether `bias` is added.
        depthwise_initializer: first values of the kernel.
        bias_initializer: first values of the bias.
        depthwise_regularizer: adds to the loss from the kernel.
        bias_regularizer: adds to the loss from the bias.
        depthwise_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output (batch, new height, new width, channels *
        depth_multiplier); weights kernel (*kernel_size, channels, depth_multiplier) and bias
        (channels * depth_multiplier,).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> DepthwiseConv2D(3, depth_multiplier=2).compute_output_shape((None, 28, 28, 4))
        (None, 26, 26, 8)
    """

    rank = 2
