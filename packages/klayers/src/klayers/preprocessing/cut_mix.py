"""CutMix: a rectangle of another image pasted in, and labels mixed by its area, in training."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.preprocessing.image import factor_range
from klayers.preprocessing.pairs import BasePairs


class CutMix(BasePairs):
    """In training a rectangle of each image shows another image of the batch.

    Its sides are sqrt(1 - keep) of the image's, its middle lies anywhere, and what is outside is
    cut off. Labels are mixed by the area that is left. Yun et al., CutMix, 2019.

    Args:
        factor: bounds of `keep`, from 0 to 1; one number is the upper bound. Default 1.
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or a dict of "images" and "labels" (batch, classes);
        output the same, of the layer's dtype.

    Raises:
        ConfigurationError: if a bound is out of range.
        ShapeError: if the input is neither.

    Example:
        >>> CutMix(0.5).factor
        (0.0, 0.5)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "CutMix", 0, 1)
        self.input_spec = None

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Each image's partner in `order`, its own `share`, and where it stays: `kept`."""
        side = ops.sqrt(1.0 - self._uniform(images, self.factor))
        rows, columns = (self._outside(images, side, ops.shape(images)[axis]) for axis in (1, 2))
        kept = ops.logical_or(rows[:, :, None, None], columns[:, None, :, None])
        share = ops.mean(ops.cast(kept, "float32"), (1, 2, 3))
        return {"order": self._order(images), "share": share, "kept": kept}

    def _outside(self, images: Tensor, side: Tensor, size: Any) -> Tensor:
        """Which rows or columns the rectangle does not reach, (batch, size)."""
        length = ops.cast(size, "float32")
        centre = ops.floor(self._uniform(images, (0.0, 1.0)) * length)[:, None]
        half = ops.floor(side * length / 2.0)[:, None]
        places = ops.cast(ops.arange(size), "float32")[None, :]
        return ops.logical_or(places < centre - half, places >= centre + half)

    def transform(  # type: ignore[override]
        self, images: Tensor, order: Any, share: Any, kept: Any
    ) -> Tensor:
        """The images with the rectangles of their partners."""
        return ops.where(kept, images, ops.take(images, order, 0))
