"""AutoContrast: every channel spread over the whole range."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import ImageLayer, levels


class AutoContrast(ImageLayer):
    """(x - min) / (max - min) over the range, for each channel of each image; at any time.

    A channel of one value stays as it is.

    Args:
        value_range: the values of black and white, default (0, 255).
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> AutoContrast()([[[10.0], [20.0], [15.0]]]).numpy().ravel().tolist()
        [0.0, 255.0, 127.5]
    """

    def __init__(self, value_range: Any = (0, 255), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value_range = levels(value_range, "AutoContrast")

    def call(self, inputs: Tensor) -> Tensor:
        """The images with their contrast stretched."""
        return self._each(inputs, lambda x: colour.stretched(x, *self.value_range))
