"""Resizing: images of another height and width."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops
from kcore.arguments import choice, number, whole
from kcore.errors import ConfigurationError
from kcore.ops.image import check_interpolation
from kcore.typing import Shape, Tensor
from klayers.preprocessing.image import ImageLayer


class Resizing(ImageLayer):
    """Images brought to a height and width; pixels are squares whose value lies in the middle.

    Args:
        height: of the output.
        width: of the output.
        interpolation: "bilinear" (default), "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: whether the middle is cut out in the new proportions first.
        pad_to_aspect_ratio: whether both ends get equal room for the new proportions first.
        fill_mode: how that room is filled, "constant" only.
        fill_value: the value in it.
        antialias: whether the filter widens when images shrink.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same with
        the new height and width. Whole numbers keep their dtype and are rounded.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> Resizing(8, 4).compute_output_shape((None, 28, 28, 3))
        (None, 8, 4, 3)
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.height = whole(height, "height", "Resizing", 1)
        self.width = whole(width, "width", "Resizing", 1)
        self.interpolation = check_interpolation(interpolation, "Resizing")
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ConfigurationError(
                "Resizing: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other; "
                "received True for both."
            )
        self.crop_to_aspect_ratio = bool(crop_to_aspect_ratio)
        self.pad_to_aspect_ratio = bool(pad_to_aspect_ratio)
        self.fill_mode = choice(fill_mode, "fill_mode", "Resizing", ("constant",))
        self.fill_value = number(fill_value, "fill_value", "Resizing")
        self.antialias = bool(antialias)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, height, width, channels) to the new height and width."""
        resized = ops.image.resize(
            inputs,
            (self.height, self.width),
            self.interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
            self.data_format,
        )
        return backend.image.fitted(resized, self.compute_output_dtype(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The new height and width."""
        return self._resized_shape(input_shape, self.height, self.width)

    def compute_output_dtype(self, inputs: Any) -> str:
        """The compute dtype; whole numbers keep theirs."""
        kind = inputs.dtype if isinstance(inputs.dtype, str) else inputs.dtype.name
        return kind if "int" in kind else self.compute_dtype
