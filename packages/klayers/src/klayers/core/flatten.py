"""Flatten: all axes but the batch become one."""

from __future__ import annotations

from typing import Any

from kcore import Layer, ops, shapes
from kcore.config import standardize_data_format
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class Flatten(Layer):
    """All axes but the batch become one; the channels last in either data format.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes: input (batch, ...), output (batch, product of the others).

    Example:
        >>> Flatten().compute_output_shape((None, 4, 4, 3))
        (None, 48)
    """

    takes_several = False

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, ...) to (batch, features)."""
        shape = ops.shape(inputs)
        if self.data_format == "channels_first" and len(shape) > 2:
            inputs = ops.transpose(inputs, [0, *range(2, len(shape)), 1])
        features = self.compute_output_shape(tuple(inputs.shape))[1]
        # one size may be left open: the batch if the features are known
        return ops.reshape(inputs, (-1, features) if features is not None else (shape[0], -1))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The batch and the product of the others."""
        return (input_shape[0], shapes.size_of(input_shape[1:]))
