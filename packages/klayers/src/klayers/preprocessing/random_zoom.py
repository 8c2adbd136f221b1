"""RandomZoom: images enlarged or made smaller at random in training."""

from __future__ import annotations

from typing import Any

from kcore.typing import Tensor
from klayers.preprocessing.geometric import BaseAffine, middle
from klayers.preprocessing.image import factor_range


class RandomZoom(BaseAffine):
    """In training each image is scaled about its middle, by a factor of its own.

    Args:
        height_factor: bounds of the change: at 0.5 an image shows 1.5 times its height (zooms out),
            at -0.5 half of it (zooms in); one number stands for both directions.
        width_factor: likewise for the width; the factor of the height if None (default).
        fill_mode: what lies outside: "reflect" (default; d c b a | a b c d | d c b a), "constant",
            "nearest" (the edge) or "wrap".
        interpolation: "bilinear" (default) or "nearest".
        seed: of the random numbers; drawn from the global stream if None.
        fill_value: the value outside for "constant".
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> RandomZoom((-0.2, 0.3)).height_factor
        (-0.2, 0.3)
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        cls = "RandomZoom"
        self.height_factor = factor_range(height_factor, "height_factor", cls, -1, 10, True)
        self.width_factor = (
            None
            if width_factor is None
            else factor_range(width_factor, "width_factor", cls, -1, 10, True)
        )

    def draw(self, images: Tensor) -> dict[str, Any]:
        """The factors of `height` and `width` for each image, (batch,); above 1 zooms out."""
        height = self._uniform(images, self.height_factor) + 1.0
        if self.width_factor is None:
            return {"height": height, "width": height}
        return {"height": height, "width": self._uniform(images, self.width_factor) + 1.0}

    def transform(  # type: ignore[override]
        self, images: Tensor, height: Any, width: Any
    ) -> Tensor:
        """The images scaled by these factors."""
        row, column = middle(images)
        right, down = column * (1.0 - width), row * (1.0 - height)
        return self._sample(images, [width, 0.0, right, 0.0, height, down, 0.0, 0.0])
