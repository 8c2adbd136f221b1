"""ZeroPadding2D: rows and columns of zeros around images."""

from __future__ import annotations

from typing import Any

from kcore import Layer, config, ops, shapes
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class ZeroPadding2D(Layer):
    """Rows and columns of zeros around images.

    Args:
        padding: one number for all sides, (height, width), or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), output (batch, height + top + bottom, width + left +
        right, channels).

    Raises:
        ConfigurationError: if the padding is none of these.

    Example:
        >>> ZeroPadding2D(3).compute_output_shape((None, 224, 224, 3))
        (None, 230, 230, 3)
    """

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        sides = (padding, padding) if isinstance(padding, int) else tuple(padding)
        if len(sides) != 2:
            raise ConfigurationError(
                "ZeroPadding2D: padding must be a number, (height, width) or ((top, bottom), "
                f"(left, right)); received {padding!r}."
            )
        self.padding: tuple[tuple[int, ...], ...] = tuple(
            shapes.as_tuple(s, 2, "ZeroPadding2D: padding", allow_zero=True) for s in sides
        )
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=4)

    def _widths(self) -> list[tuple[int, ...]]:
        nothing: tuple[int, ...] = (0, 0)
        if self.data_format == "channels_first":
            return [nothing, nothing, *self.padding]
        return [nothing, *self.padding, nothing]

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, height, width, channels) to the padded sizes."""
        return ops.pad(inputs, self._widths())

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Each size plus its two paddings."""
        pairs = zip(input_shape, self._widths(), strict=True)
        return tuple(None if size is None else size + sum(width) for size, width in pairs)
