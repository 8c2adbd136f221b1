"""RandomSaturation: saturation changed at random in training."""

from __future__ import annotations

from typing import Any

from kcore import config, ops
from kcore.typing import Config, Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import (
    RandomImageLayer,
    factor_range,
    levels,
    per_image,
    without_negative,
)


class RandomSaturation(RandomImageLayer):
    """In training saturations are multiplied by factor / (1 - factor): 0 is grey, 0.5 the image.

    Args:
        factor: bounds from 0 to 1; one number is the upper bound. A product is at most 1.
        value_range: the values of black and white, default (0, 255); results stay between them.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomSaturation(0.2).factor
        (0.0, 0.2)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomSaturation", 0, 1)
        self.value_range = levels(value_range, "RandomSaturation")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """What saturations of each image are multiplied by: `ratio`, (batch,)."""
        share = self._uniform(images, self.factor)
        return {"ratio": share / ops.maximum(1.0 - share, config.epsilon())}

    def transform(self, images: Tensor, ratio: Any) -> Tensor:  # type: ignore[override]
        """The images with these saturations."""
        return colour.with_saturation(images, per_image(ratio, images), *self.value_range)

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer from its configuration, ours or Keras'."""
        return cls(**without_negative(config, "factor"))
