"""ConvLSTM1D: a recurrent layer over sequences of a line."""

from __future__ import annotations

from klayers.recurrent.conv_lstm import BaseConvLSTM


class ConvLSTM1D(BaseConvLSTM):
    """An LSTM over sequences of a line, whose products are convolutions (Shi et al., 2015).

    Args:
        filters: number of outputs at each place, at least 1.
        kernel_size: size of the window along each axis, one number for all.
        strides: steps of the window over the input; the state is read with step 1.
        padding: "valid" or "same", of the input; the state keeps its size.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: steps between the taps of the window over the input.
        activation: of candidate and output.
        recurrent_activation: of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the input's weights.
        recurrent_initializer: first values of the state's weights.
        bias_initializer: first values of the bias.
        unit_forget_bias: whether the forget gate's bias starts at 1 (Jozefowicz et al., 2015).
        kernel_regularizer: adds to the loss from the input's weights.
        recurrent_regularizer: adds to the loss from the state's weights.
        bias_regularizer: adds to the loss from the bias.
        activity_regularizer: adds to the loss from the outputs.
        kernel_constraint: applied to the input's weights after each update.
        recurrent_constraint: applied to the state's weights after each update.
        bias_constraint: applied to the bias after each update.
        dropout: share of the input dropped, from 0, below 1; the same in all steps.
        recurrent_dropout: share of the state dropped, from 0, below 1; the same in all steps.
        seed: of the dropout; drawn from the global stream if None.
        return_sequences: whether the output holds every step.
        return_state: whether the last states are returned too.
        go_backwards: whether steps are read from the last to the first.
        stateful: whether a batch starts from the states the one before ended with.
        **kwargs: see RNN and Layer.

    Shapes:
        input (batch, steps, length, channels), output (batch, *new sizes, filters), or
        (batch, steps, *new sizes, filters) with return_sequences; with return_state followed by the
        two states. Weights kernel (*kernel_size, channels, 4 * filters), recurrent_kernel
        (*kernel_size, filters, 4 * filters), bias (4 * filters,).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the window does not fit into the input.

    Example:
        >>> ConvLSTM1D(8, 3).compute_output_shape((None, 5, 12, 3))
        (None, 10, 8)
    """

    rank = 1
