"""What pooling over one, two and three axes shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from kcore import Layer, config, shapes
from kcore.errors import ShapeError
from kcore.input_spec import InputSpec
from kcore.ops.spatial_rules import window_shape
from kcore.typing import Shape, Tensor


class BasePooling(Layer):
    """Pooling over `rank` axes; MaxPooling2D and the others document the arguments."""

    rank: int
    pool: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        pool_size: Any = 2,
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

    def build(self, input_shape: Shape) -> None:
        """Checks that the window fits."""
        self.compute_output_shape(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, channels)."""
        return type(self).pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The spatial sizes by window, stride and padding."""
        return window_shape(
            tuple(input_shape),
            self.pool_size,
            self.strides,
            self.padding,
            self.data_format,
            owner=self._describe(),
        )


class BaseGlobalPooling(Layer):
    """One value for each channel; GlobalMaxPooling2D and the others document the arguments."""

    rank: int
    reduce: ClassVar[Callable[..., Tensor]]

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.keepdims = bool(keepdims)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def spatial_axes(self) -> tuple[int, ...]:
        """The axes over which is pooled."""
        start = 2 if self.data_format == "channels_first" else 1
        return tuple(range(start, start + self.rank))

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, channels)."""
        return type(self).reduce(inputs, self.spatial_axes, self.keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Without the spatial axes, or with size 1 there."""
        return shapes.reduce(tuple(input_shape), self.spatial_axes, self.keepdims)


class BaseAdaptivePooling(Layer):
    """Pooling to a given size; AdaptiveMaxPooling2D and the others document the arguments."""

    rank: int
    pool: ClassVar[Callable[..., Tensor]]

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        owner = f"{type(self).__name__}: output_size"
        self.output_size = shapes.as_tuple(output_size, self.rank, owner)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def build(self, input_shape: Shape) -> None:
        """Checks that the spatial sizes are known, as they decide on the windows."""
        if None in input_shape[1:]:
            raise ShapeError(
                f"{self._describe()} needs known spatial sizes; received "
                f"{shapes.describe(tuple(input_shape), self.data_format)}. Give the model's Input "
                "these sizes."
            )

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *output_size, channels)."""
        return type(self).pool(inputs, self.output_size, self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The given sizes along the spatial axes."""
        if self.data_format == "channels_first":
            return (*input_shape[:2], *self.output_size)
        return (input_shape[0], *self.output_size, input_shape[-1])
