"""GlobalAveragePooling2D: the mean of each channel over the whole image."""

from __future__ import annotations

from typing import Any

from kcore import Layer, config, ops
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class GlobalAveragePooling2D(Layer):
    """The mean of each channel over height and width.

    Args:
        data_format: "channels_last" or "channels_first"; the global setting if None.
        keepdims: whether height and width stay, with size 1.
        **kwargs: see Layer.

    Shapes: input (batch, height, width, channels), output (batch, channels).

    Example:
        >>> GlobalAveragePooling2D().compute_output_shape((None, 7, 7, 64))
        (None, 64)
    """

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=4)

    @property
    def _axes(self) -> tuple[int, int]:
        return (2, 3) if self.data_format == "channels_first" else (1, 2)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, height, width, channels) to (batch, channels)."""
        return ops.mean(inputs, self._axes, self.keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Without height and width."""
        kept = 1 if self.keepdims else None
        sizes = [kept if axis in self._axes else size for axis, size in enumerate(input_shape)]
        return tuple(s for axis, s in enumerate(sizes) if self.keepdims or axis not in self._axes)
