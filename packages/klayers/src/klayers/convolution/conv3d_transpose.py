"""Conv3DTranspose: a convolution backwards, from few places to many."""

from __future__ import annotations

from klayers.convolution.base_conv_transpose import BaseConvTranspose


class Conv3DTranspose(BaseConvTranspose):
    """activation(transposed convolution(inputs, kernel) + bias) over depth, height and width.

    The gradient of a convolution by its input: every input is spread over a window of outputs
    (Zeiler et al., 2010). `kcore.shapes.transposed_length` tells the output's sizes.

    Args:
        filters: number of outputs at each place, at least 1.
        kernel_size: depth, height and width of the window, one number for all, at least 1.
        strides: how far apart the inputs are set down, one number for all.
        padding: "valid" (all windows kept whole) or "same" (as many outputs as inputs times
            strides).
        output_padding: room behind the end of each axis, less than the strides; None for the
            longest result.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: steps between the taps of the window; not together with strides.
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
        input (batch, depth, height, width, channels), output (batch, new depth, new height, new
        width, filters); weights kernel (*kernel_size, filters, channels) and bias (filters,).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if nothing is left of an axis.

    Example:
        >>> Conv3DTranspose(8, 3, 2).compute_output_shape((None, 3, 3, 3, 1))
        (None, 7, 7, 7, 8)
    """

    rank = 3
