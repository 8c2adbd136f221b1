"""What padding over one, two and three axes shares."""

from __future__ import annotations

from typing import Any

from kcore import Layer, config, ops, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class BaseZeroPadding(Layer):
    """Zeros around `rank` axes; ZeroPadding1D, 2D and 3D document the arguments."""

    rank: int

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pairs = shapes.as_pairs(padding, self.rank, f"{type(self).__name__}: padding")
        self.padding = pairs[0] if self.rank == 1 else pairs
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def widths(self) -> list[tuple[int, int]]:
        """(before, after) for every axis."""
        pairs = shapes.as_pairs(self.padding, self.rank, "padding")
        if self.data_format == "channels_first":
            return [(0, 0), (0, 0), *pairs]
        return [(0, 0), *pairs, (0, 0)]

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to the padded sizes."""
        return ops.pad(inputs, self.widths)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Each size plus its two paddings."""
        pairs = zip(input_shape, self.widths, strict=True)
        return tuple(None if size is None else size + sum(width) for size, width in pairs)
