"""RandomColorDegeneration: colours faded at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Config, Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import (
    RandomImageLayer,
    factor_range,
    levels,
    per_image,
    without_negative,
)


class RandomColorDegeneration(RandomImageLayer):
    """In training a share of the grey image takes the place of the colours: x + share * (grey - x).

    Args:
        factor: bounds of the share, from 0 (the image) to 1 (grey); one number is the upper bound.
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
        >>> RandomColorDegeneration(0.2).factor
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
        self.factor = factor_range(factor, "factor", "RandomColorDegeneration", 0, 1)
        self.value_range = levels(value_range, "RandomColorDegeneration")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `share` for each image, (batch,)."""
        return {"share": self._uniform(images, self.factor)}

    def transform(self, images: Tensor, share: Any) -> Tensor:  # type: ignore[override]
        """The images faded so much."""
        grey = colour.grey(images)
        return colour.blended(images, grey, per_image(share, images), *self.value_range)

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """A layer from its configuration, ours or Keras'."""
        return cls(**without_negative(config, "factor"))
