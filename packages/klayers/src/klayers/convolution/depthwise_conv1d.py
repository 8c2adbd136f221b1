"""DepthwiseConv1D: windows of their own for each channel of sequences."""

from __future__ import annotations

from klayers.convolution.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv1D(BaseDepthwiseConv):
    """activation(convolution of each channel by itself + bias) over the steps of a sequence.

    Channel c gives the outputs c * depth_multiplier to (c + 1) * depth_multiplier - 1.

    Args:
        kernel_size: length of the window, at least 1.
        strides: steps of the window.
        padding: "valid" (the window stays inside), "same" (zeros around) or "causal" (zeros in
            front only, so that no output sees later steps).
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
        input (batch, steps, channels), output (batch, new steps, channels * depth_multiplier);
        weights kernel (kernel_size, channels, depth_multiplier) and bias (channels *
        depth_multiplier,).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> DepthwiseConv1D(3, depth_multiplier=2).compute_output_shape((None, 20, 4))
        (None, 18, 8)
    """

    rank = 1
    paddings = ("valid", "same", "causal")
