"""What cropping over one, two and three axes shares."""

from __future__ import annotations

from typing import Any

from kcore import Layer, config, ops, shapes
from kcore.errors import ShapeError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class BaseCropping(Layer):
    """Cuts the ends of `rank` axes off; Cropping1D, 2D and 3D document the arguments."""

    rank: int

    def __init__(self, cropping: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pairs = shapes.as_pairs(cropping, self.rank, f"{type(self).__name__}: cropping")
        self.cropping = pairs[0] if self.rank == 1 else pairs
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def widths(self) -> list[tuple[int, int]]:
        """(at the start, at the end) for every axis."""
        pairs = shapes.as_pairs(self.cropping, self.rank, "cropping")
        if self.data_format == "channels_first":
            return [(0, 0), (0, 0), *pairs]
        return [(0, 0), *pairs, (0, 0)]

    def build(self, input_shape: Shape) -> None:
        """Checks that something is left."""
        self.compute_output_shape(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to the cropped sizes."""
        starts = [start for start, _ in self.widths]
        lengths = [
            size - sum(width) if sum(width) else -1
            for size, width in zip(ops.shape(inputs), self.widths, strict=True)
        ]
        return ops.slice(inputs, starts, lengths)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Each size without what is cut off."""
        pairs = list(zip(input_shape, self.widths, strict=True))
        if any(size is not None and sum(width) and size <= sum(width) for size, width in pairs):
            raise ShapeError(
                f"{self._describe()}: cropping {self.cropping} leaves nothing of "
                f"{shapes.describe(tuple(input_shape), self.data_format)}. Crop less, or give "
                "larger input."
            )
        return tuple(None if size is None else size - sum(width) for size, width in pairs)
