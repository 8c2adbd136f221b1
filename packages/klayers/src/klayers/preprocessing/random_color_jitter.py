"""RandomColorJitter: brightness, contrast, saturation and hue changed at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing.image import RandomImageLayer, levels
from klayers.preprocessing.random_brightness import RandomBrightness
from klayers.preprocessing.random_contrast import RandomContrast
from klayers.preprocessing.random_hue import RandomHue
from klayers.preprocessing.random_saturation import RandomSaturation


class RandomColorJitter(RandomImageLayer):
    """In training RandomBrightness, RandomContrast, RandomSaturation and RandomHue, in this order.

    Args:
        value_range: the values of black and white, default (0, 255); results stay between them.
        brightness_factor: factor of RandomBrightness; None leaves it out, like the others.
        contrast_factor: factor of RandomContrast.
        saturation_factor: factor of RandomSaturation.
        hue_factor: factor of RandomHue.
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomColorJitter(hue_factor=0.1).compute_output_shape((None, 8, 8, 3))
        (None, 8, 8, 3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.value_range = levels(value_range, "RandomColorJitter")
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        makers: list[tuple[Any, Any]] = [
            (RandomBrightness, brightness_factor),
            (RandomContrast, contrast_factor),
            (RandomSaturation, saturation_factor),
            (RandomHue, hue_factor),
        ]
        self._steps = [
            make(factor, self.value_range, seed=self.seed_generator.seed, dtype=self.dtype_policy)
            for make, factor in makers
            if factor is not None
        ]
        for step in self._steps:  # one stream of random numbers for all
            step.seed_generator = self.seed_generator

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The parameters of each step."""
        return {"steps": [step.draw(images) for step in self._steps]}

    def transform(self, images: Tensor, steps: Any) -> Tensor:  # type: ignore[override]
        """The images after all steps."""
        for step, parameters in zip(self._steps, steps, strict=True):
            images = step.transform(images, **parameters)
        return images
