"""Solarization: bright pixels as their negatives."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels, per_image


class Solarization(RandomImageLayer):
    """Pixels from a threshold on become low + high - pixel; at any time, not in training only.

    Args:
        addition_factor: bounds of a share of the range that is added first, from 0 to 1; one number
            is the upper bound.
        threshold_factor: bounds of the threshold as a share of the range, from 0 to 1.
        value_range: the values of black and white, default (0, 255); results stay between them.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> Solarization()([[[10.0, 200.0]]]).numpy().tolist()
        [[[245.0, 55.0]]]
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        cls = "Solarization"
        self.addition_factor = factor_range(addition_factor, "addition_factor", cls, 0, 1)
        self.threshold_factor = factor_range(threshold_factor, "threshold_factor", cls, 0, 1)
        self.value_range = levels(value_range, cls)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The images solarized; outside training by the middle of the bounds."""
        if training:
            return super().call(inputs, training=True)
        low, high = self.value_range
        middles = [sum(f) / 2 * (high - low) for f in (self.addition_factor, self.threshold_factor)]
        return self._each(
            inputs,
            lambda x: colour.solarized(x, middles[0], middles[1] + low, low, high),
        )

    def draw(self, images: Tensor) -> dict[str, Any]:
        """What is added to each image, and its `threshold`, (batch,)."""
        low, high = self.value_range
        return {
            "addition": self._uniform(images, self.addition_factor) * (high - low),
            "threshold": self._uniform(images, self.threshold_factor) * (high - low) + low,
        }

    def transform(  # type: ignore[override]
        self, images: Tensor, addition: Any, threshold: Any
    ) -> Tensor:
        """The images with these additions and thresholds."""
        return colour.solarized(
            images, per_image(addition, images), per_image(threshold, images), *self.value_range
        )
