"""RandomCrop: a part of images, somewhere else for each batch in training."""

from __future__ import annotations

from typing import Any

from kcore import ops, random
from kcore.arguments import whole
from kcore.typing import Shape, Tensor
from klayers.preprocessing.center_crop import enlarged, known_size
from klayers.preprocessing.image import RandomImageLayer


class RandomCrop(RandomImageLayer):
    """In training a part of each image, the same place for the whole batch.

    Otherwise, and if images are too small, the largest part of them in the new proportions is
    brought to the new size.

    Args:
        height: of the output.
        width: of the output.
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same with
        the new height and width, of the layer's dtype.

    Raises:
        ConfigurationError: if a size is no positive whole number.
        ShapeError: if the height or width of the input is not known.

    Example:
        >>> RandomCrop(8, 4).compute_output_shape((None, 28, 28, 3))
        (None, 8, 4, 3)
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.height = whole(height, "height", "RandomCrop", 1)
        self.width = whole(width, "width", "RandomCrop", 1)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """A part of the images in training, else the whole resized."""
        return self._each(inputs, self._random if training else self._fixed)

    def _fixed(self, x: Tensor) -> Tensor:
        known_size(x, self._describe())
        return enlarged(x, self.height, self.width)

    def _random(self, x: Tensor) -> Tensor:
        high, wide = known_size(x, self._describe())
        if high < self.height or wide < self.width:
            return enlarged(x, self.height, self.width)
        return self.transform(x, **self.draw(x))

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Where the part begins: `top` and `left`."""
        high, wide = known_size(images, self._describe())
        stream = self.seed_generator
        return {
            "top": random.randint((), 0, high - self.height + 1, "int32", stream),
            "left": random.randint((), 0, wide - self.width + 1, "int32", stream),
        }

    def transform(self, images: Tensor, top: Any, left: Any) -> Tensor:  # type: ignore[override]
        """The part of the images that begins there."""
        size = ops.shape(images)
        part = (size[0], self.height, self.width, size[3])
        return ops.slice(images, (0, top, left, 0), part)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The new height and width."""
        return self._resized_shape(input_shape, self.height, self.width)
