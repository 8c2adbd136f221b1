"""Equalization: the levels of every channel spread evenly."""

from __future__ import annotations

from typing import Any

from kcore.arguments import whole
from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import ImageLayer, levels


class Equalization(ImageLayer):
    """Histogram equalization of each channel of each image; at any time.

    A level becomes the share of pixels up to it: (reached - first) / (pixels - first), where
    `first` counts those of the smallest level.

    Args:
        value_range: the values of black and white, default (0, 255).
        bins: number of levels, default 256.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> Equalization()([[[10.0], [20.0], [12.0]]]).numpy().ravel().tolist()
        [0.0, 255.0, 128.0]
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.value_range = levels(value_range, "Equalization")
        self.bins = whole(bins, "bins", "Equalization", 2)

    def call(self, inputs: Tensor) -> Tensor:
        """The images with their levels spread."""
        return self._each(inputs, lambda x: colour.equalized(x, self.bins, *self.value_range))
