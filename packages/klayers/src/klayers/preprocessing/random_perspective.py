"""RandomPerspective: images seen from a random side in training."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import ops
from kcore.arguments import number
from kcore.typing import Tensor
from klayers.preprocessing.geometric import BaseAffine
from klayers.preprocessing.image import factor_range


class RandomPerspective(BaseAffine):
    """In training some images are seen from another side.

    The upper left corner stays. The other corners move away from it or towards it, each by a random
    share of the image's width or height.

    Args:
        factor: bounds of the probability that an image is changed, from 0 to 1, which is drawn for
            each image. One number is the upper bound.
        scale: width of the range of the share, from 0 to 1: it lies between -scale / 2 and
            scale / 2.
        interpolation: "bilinear" (default) or "nearest".
        fill_value: the value outside.
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomPerspective(0.5, scale=0.3).factor
        (0.0, 0.5)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__("constant", interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomPerspective", 0, 1)
        self.scale = number(scale, "scale", "RandomPerspective", 0, 1)

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Whether each image is changed, (batch,), and by which share corners move, (batch, 4, 2).

        The corners are upper left and right, lower left and right; a corner moves in x and y.
        """
        chance = self._uniform(images, self.factor)
        bounds = (-self.scale / 2, self.scale / 2)
        return {
            "changed": self._uniform(images, (0.0, 1.0)) < chance,
            "shares": self._uniform(images, bounds, 4, 2),
        }

    def transform(self, images: Tensor, changed: Any, shares: Any) -> Tensor:  # type: ignore[override]
        """The images whose corners move so."""
        height, width = (ops.cast(n, "float32") for n in ops.shape(images)[1:3])
        far = ops.stack([width - 1, height - 1])
        corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], "float32") * far
        seen = ops.image.perspective_transform(
            images,
            corners,
            corners * (1 + shares),
            self.interpolation,
            self.fill_value,
            "channels_last",
        )
        return ops.where(ops.reshape(changed, (-1, 1, 1, 1)), seen, images)
