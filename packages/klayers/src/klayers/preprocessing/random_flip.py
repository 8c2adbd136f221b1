"""RandomFlip: images mirrored at random in training."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.arguments import choice
from kcore.typing import Tensor
from klayers.preprocessing.image import RandomImageLayer

MODES = ("horizontal_and_vertical", "horizontal", "vertical")


class RandomFlip(RandomImageLayer):
    """In training each image is mirrored with probability 1/2, along each axis on its own.

    Args:
        mode: "horizontal_and_vertical" (default), "horizontal" (left and right change places) or
            "vertical".
        seed: of the random numbers; drawn from the global stream if None.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        **kwargs: see Layer.

    Shapes:
        input (batch, height, width, channels), or one image without the batch; output the same, of
        the layer's dtype.

    Raises:
        ConfigurationError: if the mode is unknown.

    Example:
        >>> RandomFlip("horizontal").compute_output_shape((None, 28, 28, 3))
        (None, 28, 28, 3)
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.mode = choice(mode, "mode", "RandomFlip", MODES)

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Which images are mirrored: `across` and `down`, (batch, 1, 1, 1) bool, or None."""
        return {
            "across": None if self.mode == "vertical" else self._chance(images, 0.5),
            "down": None if self.mode == "horizontal" else self._chance(images, 0.5),
        }

    def transform(  # type: ignore[override]
        self, images: Tensor, across: Any = None, down: Any = None
    ) -> Tensor:
        """The images, mirrored where asked for."""
        for chosen, axis in ((across, 2), (down, 1)):
            if chosen is not None:
                images = ops.where(chosen, ops.flip(images, axis), images)
        return images
