"""RandomPosterization: fewer bits a channel at random in training."""

from __future__ import annotations

from typing import Any

from kcore import ops, random
from kcore.arguments import whole
from kcore.errors import ConfigurationError
from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer, levels, per_image


class RandomPosterization(RandomImageLayer):
    """In training each image keeps some bits of 8 a channel; the lower ones become 0.

    Args:
        factor: bounds of the number of bits, from 1 to 8; one number is the upper bound.
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
        >>> RandomPosterization(4).factor
        (1, 4)
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
        cls = "RandomPosterization"
        bounds = tuple(factor) if isinstance(factor, (list, tuple)) else (1, factor)
        if len(bounds) != 2:
            raise ConfigurationError(
                f"{cls}: factor must be a whole number or (lower, upper); received {factor!r}."
            )
        low, high = bounds
        self.factor = (
            whole(low, "factor", cls, 1),
            whole(high, "factor", cls, whole(low, "", "", 1)),
        )
        if self.factor[1] > 8:
            raise ConfigurationError(f"{cls}: factor must be from 1 to 8; received {factor!r}.")
        self.value_range = levels(value_range, "RandomPosterization")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The `bits` of each image, (batch,)."""
        low, high = self.factor
        shape = (ops.shape(images)[0],)
        return {"bits": random.randint(shape, low, high + 1, "int32", self.seed_generator)}

    def transform(self, images: Tensor, bits: Any) -> Tensor:  # type: ignore[override]
        """The images with so many bits."""
        return colour.posterized(images, per_image(bits, images), *self.value_range)
