"""MixUp: weighted means of two images and their labels in training."""

from __future__ import annotations

from typing import Any

from kcore import ops, random
from kcore.arguments import number
from kcore.typing import Tensor
from klayers.preprocessing.pairs import BasePairs, blend


class MixUp(BasePairs):
    """In training share * image + (1 - share) * another image of the batch, likewise for labels.

    The share of each image is Beta(alpha, alpha) distributed. Zhang et al., mixup: Beyond Empirical
    Risk Minimization, 2018.

    Args:
        alpha: above 0; small numbers leave most images nearly as they are. Default 0.2.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        seed: of the random numbers; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or a dict of "images" and "labels" (batch, classes);
        output the same, of the layer's dtype.

    Raises:
        ConfigurationError: if alpha is not positive.
        ShapeError: if the input is neither.

    Example:
        >>> MixUp(0.4).alpha
        0.4
    """

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.alpha = number(alpha, "alpha", "MixUp", above=0)
        self.input_spec = None

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Each image's partner in `order` and its own `share`, (batch,)."""
        batch = ops.shape(images)[0]
        share = random.beta((batch,), self.alpha, self.alpha, "float32", self.seed_generator)
        return {"order": self._order(images), "share": share}

    def transform(self, images: Tensor, order: Any, share: Any) -> Tensor:  # type: ignore[override]
        """The images mixed with their partners."""
        return blend(images, order, share)
