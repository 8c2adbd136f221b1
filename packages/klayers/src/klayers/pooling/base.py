"""What pooling over one, two and three axes shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from kcore import Layer, config, shapes
from kcore.input_spec import InputSpec
from kcore.ops.shape_rules import window_shape
from kcore.typing import Shape, Tensor


class BasePooling(Layer):
    """Pooling over `rank` axes; MaxPooling2D and the others document the arguments."""

    rank: int
    pool: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.pool_size = shapes.as_tuple(pool_size, self.rank, f"{owner}: pool_size")
        steps = self.pool_size if strides is None else strides
        self.strides = shapes.as_tuple(steps, self.rank, f"{owner}: strides")
        self.padding = shapes.check_padding(padding, owner)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, channels)."""
        return type(self).pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The spatial sizes by window, stride and padding."""
        return window_shape(
            tuple(input_shape), self.pool_size, self.strides, self.padding, self.data_format
        )
