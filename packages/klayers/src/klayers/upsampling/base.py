"""What upsampling over one, two and three axes shares."""

from __future__ import annotations

from typing import Any

from kcore import Layer, config, ops, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class BaseUpSampling(Layer):
    """Repeats places along `rank` axes; UpSampling1D, 2D and 3D document the arguments."""

    rank: int

    def __init__(self, size: Any = 2, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size: Any = shapes.as_tuple(size, self.rank, f"{type(self).__name__}: size")
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def factors(self) -> dict[int, int]:
        """How many times longer each spatial axis gets."""
        sizes = shapes.as_tuple(self.size, self.rank, "size")
        return dict(enumerate(sizes, 2 if self.data_format == "channels_first" else 1))

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to the larger sizes."""
        # the last axis first: what the earlier ones copy are then longer pieces of memory
        for axis, factor in reversed(self.factors.items()):
            inputs = ops.repeat(inputs, factor, axis) if factor > 1 else inputs
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Each spatial size times its factor."""
        return tuple(
            None if size is None else size * self.factors.get(axis, 1)
            for axis, size in enumerate(input_shape)
        )
