"""Conv2D: a window of weights moved over images."""

from __future__ import annotations

from klayers.convolution.base_conv import BaseConv


class Conv2D(BaseConv):
    """activation(convolution(inputs, kernel) + bias) over height and width.

    Args:
        filters: number of outputs at each place, at least 1.
        kernel_size: height and width of the window, one number for both, at least 1.
        strides: steps of the window, one number for both.
        padding: "valid" (the window stays inside) or "same" (zeros around).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: steps between the taps of the window; not together with strides.
        groups: into how many groups channels and filters are split.
        activation: function or name; none if None.
        use_bias: whether `bias` is added.
        kernel_initializer: first values of the kernel.
        bias_initializer: first values of the bias.
        kernel_regularizer: adds to the loss from the kernel.
        bias_regularizer: adds to the loss from the bias.
        kernel_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output (batch, new height, new width, filters);
        weights kernel (*kernel_size, channels / groups, filters) and bias (filters,).

    Raises:
        ConfigurationError: if an argument can never work, or groups do not divide the channels.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> Conv2D(8, 3).compute_output_shape((None, 28, 28, 1))
        (None, 26, 26, 8)
    """

    rank = 2
