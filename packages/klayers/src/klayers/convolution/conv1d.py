"""Conv1D: a window of weights moved over sequences."""

from __future__ import annotations

from klayers.convolution.base_conv import BaseConv


class Conv1D(BaseConv):
    """activation(convolution(inputs, kernel) + bias) over the steps of a sequence.

    With padding "causal" and dilation it is the layer of WaveNet (van den Oord et al., 2016).

    Args:
        filters: number of outputs at each place, at least 1.
        kernel_size: length of the window, at least 1.
        strides: steps of the window.
        padding: "valid" (the window stays inside), "same" (zeros around) or "causal" (zeros in
            front only, so that no output sees later steps).
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
        input (batch, steps, channels), output (batch, new steps, filters); weights kernel
        (kernel_size, channels / groups, filters) and bias (filters,).

    Raises:
        ConfigurationError: if an argument can never work, or groups do not divide the channels.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> Conv1D(8, 3).compute_output_shape((None, 20, 4))
        (None, 18, 8)
    """

    rank = 1
    paddings = ("valid", "same", "causal")
