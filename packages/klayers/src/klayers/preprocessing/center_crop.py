"""CenterCrop: the middle of images."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.arguments import whole
from kcore.errors import ShapeError
from kcore.typing import Shape, Tensor
from klayers.preprocessing.image import ImageLayer


class CenterCrop(ImageLayer):
    """The middle of images. An image that is too small is enlarged first, in its proportions.

    Args:
        height: of the output.
        width: of the output.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same with
        the new height and width, of the layer's dtype.

    Raises:
        ConfigurationError: if a size is no positive whole number.
        ShapeError: if the height or width of the input is not known.

    Example:
        >>> CenterCrop(8, 4).compute_output_shape((None, 28, 28, 3))
        (None, 8, 4, 3)
    """

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.height = whole(height, "height", type(self).__name__, 1)
        self.width = whole(width, "width", type(self).__name__, 1)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, height, width, channels) to the new height and width."""
        return self._each(inputs, self._middle)

    def _middle(self, x: Tensor) -> Tensor:
        high, wide = known_size(x, self._describe())
        if high < self.height or wide < self.width:
            return enlarged(x, self.height, self.width)
        top, left = (high - self.height) // 2, (wide - self.width) // 2
        return x[:, top : top + self.height, left : left + self.width]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The new height and width."""
        return self._resized_shape(input_shape, self.height, self.width)


def known_size(x: Tensor, owner: str) -> tuple[int, int]:
    """Height and width of images (batch, height, width, channels).

    Raises:
        ShapeError: if one is not known.
    """
    high, wide = ops.shape(x)[1:3]
    if not (isinstance(high, int) and isinstance(wide, int)):
        raise ShapeError(
            f"{owner} needs to know the height and width of its images; received "
            f"{tuple(x.shape)}. Give the model's Input these sizes, or put Resizing before it."
        )
    return high, wide


def enlarged(x: Tensor, height: int, width: int) -> Tensor:
    """The largest part of images in the new proportions, brought to the new size."""
    size = (height, width)
    return ops.image.resize(x, size, crop_to_aspect_ratio=True, data_format="channels_last")
