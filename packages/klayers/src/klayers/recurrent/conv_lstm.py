"""What LSTMs over sequences of images of one, two and three axes share."""

from __future__ import annotations

from typing import Any

from kcore import ops, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.recurrent.cell_layer import CellLayer, cell_options
from klayers.recurrent.conv_lstm_cell import ConvLSTMCell


class BaseConvLSTM(CellLayer):
    """An LSTM whose products are convolutions over `rank` axes (Shi et al., 2015).

    ConvLSTM1D, ConvLSTM2D and ConvLSTM3D document the arguments.
    """

    rank: int

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = ConvLSTMCell(
            self.rank,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **cell_options(kwargs, "conv_lstm_cell"),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def _built_spec(self, shape: Shape) -> InputSpec:
        axis = 2 if self.cell.data_format == "channels_first" else -1
        return InputSpec(ndim=len(shape), axes={axis: shape[axis]})

    def _step_shapes(self, step_shape: Shape) -> tuple[Shape, list[Any]]:
        state = self.cell.state_shape(step_shape)
        return state, [state, state]

    def _zero_states(self, steps: Tensor) -> Any:
        """Zeros of the size of these images, which may differ from batch to batch."""
        cell = self.cell
        _, batch, *sizes = ops.shape(steps)
        first = cell.data_format == "channels_first"
        spatial = [
            shapes.window_length(*known)
            for known in zip(
                sizes[1:] if first else sizes[:-1],
                cell.kernel_size,
                (cell.padding,) * self.rank,
                cell.strides,
                cell.dilation_rate,
                strict=True,
            )
        ]
        shape = (batch, cell.filters, *spatial) if first else (batch, *spatial, cell.filters)
        zeros = ops.zeros(shape, self.compute_dtype)
        return [zeros, zeros]
