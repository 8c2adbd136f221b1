"""LocallyConnected2D: a convolution over images whose weights differ from place to place."""

from __future__ import annotations

from klayers.locally_connected.base import BaseLocallyConnected


class LocallyConnected2D(BaseLocallyConnected):
    """activation(windows times the weights of their place + bias) over height and width.

    A convolution that shares nothing: kernel and bias are different at each place.

    Args:
        filters: number of outputs at each place, at least 1.
        kernel_size: height and width of the window, one number for both, at least 1.
        strides: steps of the window, one number for both.
        padding: "valid" (the window stays inside) or, with implementation 2 or 3, "same" (zeros
            around).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        activation: function or name; none if None.
        use_bias: whether `bias` is added.
        kernel_initializer: first values of the kernel.
        bias_initializer: first values of the bias.
        kernel_regularizer: adds to the loss from the kernel.
        bias_regularizer: adds to the loss from the bias.
        kernel_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        implementation: how the kernel is kept: 1 by place, 2 for all pairs of an input and an
            output (the unconnected ones are never used), 3 as one row of the connected pairs. The
            results are the same.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), all but the batch known; output (batch, new height,
        new width, filters); weights kernel (new height * new width, kernel height * kernel width *
        channels, filters), with implementation 2 (*input, *output), with implementation 3 (pairs,);
        and bias (new height, new width, filters).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if a size is not known or the window does not fit into the input.

    Example:
        >>> LocallyConnected2D(8, 3).compute_output_shape((None, 8, 8, 4))
        (None, 6, 6, 8)
    """

    rank = 2
