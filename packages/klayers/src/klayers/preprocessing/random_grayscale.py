"""RandomGrayscale: images without colour at random in training."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.arguments import number
from kcore.typing import Tensor
from klayers.preprocessing import colour
from klayers.preprocessing.image import RandomImageLayer


class RandomGrayscale(RandomImageLayer):
    """In training some images lose their colours; they keep their channels, which become equal.

    Args:
        factor: the share of images that do, from 0 to 1.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomGrayscale(1.0).factor
        1.0
    """

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = number(factor, "factor", "RandomGrayscale", 0, 1)

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Which images do: `chosen`, (batch, 1, 1, 1) bool."""
        return {"chosen": self._chance(images, self.factor)}

    def transform(self, images: Tensor, chosen: Any) -> Tensor:  # type: ignore[override]
        """The images, grey where chosen."""
        return ops.where(chosen, colour.grey(images), images)
