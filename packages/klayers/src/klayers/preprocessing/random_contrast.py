"""RandomContrast: contrast changed at random in training."""

from __future__ import annotations

from typing import Any

from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer, levels, per_image


class RandomContrast(RandomImageLayer):
    """In training (inputs - mean) * factor + mean, with the mean of each channel of each image.

    Args:
        factor: (lower, upper): factors are from 1 - lower to 1 + upper; one number for both.
        value_range: the values of black and white, default (0, 255); results stay between them.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomContrast(0.2).factor
        (0.2, 0.2)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        pair = factor if isinstance(factor, (list, tuple)) else (factor, factor)
        if len(pair) != 2:
            raise ConfigurationError(
                f"RandomContrast: factor must be a number or (lower, upper); received {factor!r}."
            )
        self.factor = (
            number(pair[0], "factor", "RandomContrast", 0, 1),
            number(pair[1], "factor", "RandomContrast", 0),
        )
        self.value_range = levels(value_range, "RandomContrast")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `factor` of each image, (batch,)."""
        lower, upper = self.factor
        return {"factor": self._uniform(images, (1 - lower, 1 + upper))}

    def transform(self, images: Tensor, factor: Any) -> Tensor:  # type: ignore[override]
        """The images with these factors."""
        return colour.contrasted(images, per_image(factor, images), *self.value_range)
