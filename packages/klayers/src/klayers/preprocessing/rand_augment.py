"""RandAugment: some changes out of eleven, drawn for each batch in training."""

from __future__ import annotations

from typing import Any

from kcore import backend, random
from kcore.arguments import choice, whole
from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.geometric import INTERPOLATIONS
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels
from klayers.preprocessing.random_brightness import RandomBrightness
from klayers.preprocessing.random_color_degeneration import RandomColorDegeneration
from klayers.preprocessing.random_contrast import RandomContrast
from klayers.preprocessing.random_posterization import RandomPosterization
from klayers.preprocessing.random_rotation import RandomRotation
from klayers.preprocessing.random_sharpness import RandomSharpness
from klayers.preprocessing.random_shear import RandomShear
from klayers.preprocessing.random_translation import RandomTranslation
from klayers.preprocessing.solarization import Solarization


class RandAugment(RandomImageLayer):
    """In training `num_ops` changes are drawn for each batch and made one after the other.

    They are shear, translation, rotation, brightness, colour degeneration, contrast, sharpness,
    posterization, solarization, auto contrast and equalization, each at random strength up to
    `factor` for each image. Cubuk et al., RandAugment, 2020.

    Args:
        value_range: the values of black and white, default (0, 255); results stay between them.
        num_ops: changes for each batch, default 2; the same may be drawn twice.
        factor: bounds of the strength, from 0 to 1, in the units of each layer's own factor; one
            number is the upper bound. Posterization keeps 1 to 8 bits.
        interpolation: "bilinear" (default) or "nearest".
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandAugment(factor=0.3).factor
        (0.0, 0.3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.value_range = levels(value_range, "RandAugment")
        self.num_ops = whole(num_ops, "num_ops", "RandAugment", 1)
        self.factor = factor_range(factor, "factor", "RandAugment", 0, 1)
        self.interpolation = choice(interpolation, "interpolation", "RandAugment", INTERPOLATIONS)
        place: dict[str, Any] = {"interpolation": interpolation, "dtype": self.dtype_policy}
        shade: dict[str, Any] = {"value_range": self.value_range, "dtype": self.dtype_policy}
        bounds = self.factor
        self._steps: list[RandomImageLayer] = [
            RandomShear(bounds, bounds, **place),
            RandomTranslation(bounds, bounds, **place),
            RandomRotation(bounds, **place),
            RandomBrightness(bounds, **shade),
            RandomColorDegeneration(bounds, **shade),
            RandomContrast(bounds, **shade),
            RandomSharpness(bounds, **shade),
            RandomPosterization(8, **shade),
            Solarization(bounds, bounds, **shade),
        ]
        for step in self._steps:  # one stream of random numbers for all
            step.seed_generator = self.seed_generator

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The numbers of the changes, (num_ops,), and the parameters of those that have any."""
        count = len(self._steps) + 2
        which = random.randint((self.num_ops,), 0, count, "int32", self.seed_generator)
        steps = [[step.draw(images) for step in self._steps] for _ in range(self.num_ops)]
        return {"which": which, "steps": steps}

    def transform(  # type: ignore[override]
        self, images: Tensor, which: Any, steps: Any
    ) -> Tensor:
        """The images after the changes of these numbers with these parameters."""
        for place, parameters in enumerate(steps):
            images = self._changed(images, which[place], parameters)
        return images

    def _changed(self, images: Tensor, which: Any, parameters: Any) -> Tensor:
        made: list[Any] = [
            lambda step=step, given=given: step.transform(images, **given)
            for step, given in zip(self._steps, parameters, strict=True)
        ]
        made.append(lambda: colour.stretched(images, *self.value_range))
        made.append(lambda: colour.equalized(images, 256, *self.value_range))
        result = backend.control.switch(which, made)
        return backend.tensor.with_static_shape(result, backend.tensor.static_shape(images))
