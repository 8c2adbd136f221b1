"""ConvLSTM2D: a recurrent layer over sequences of images."""

from __future__ import annotations

from klayers.recurrent.conv_lstm import BaseConvLSTM


class ConvLSTM2D(BaseConvLSTM):
    """An LSTM over sequences of images, whose products are convolutions (Shi et al., 2015).

    The arguments are those of BaseConvLSTM.

    Shapes:
        input (batch, steps, height, width, channels), output (batch, *new sizes, filters), or
        (batch, steps, *new sizes, filters) with return_sequences; with return_state followed by the
        two states. Weights kernel (*kernel_size, channels, 4 * filters), recurrent_kernel
        (*kernel_size, filters, 4 * filters), bias (4 * filters,).

    Example:
        >>> ConvLSTM2D(8, 3).compute_output_shape((None, 5, 12, 12, 3))
        (None, 10, 10, 8)
    """

    rank = 2
