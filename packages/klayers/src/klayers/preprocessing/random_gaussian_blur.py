"""RandomGaussianBlur: images blurred at random in training."""

from __future__ import annotations

from typing import Any

from kcore import ops, random, shapes
from kcore.typing import Tensor
from klayers.preprocessing.image import RandomImageLayer, factor_range, levels


class RandomGaussianBlur(RandomImageLayer):
    """In training some images are convolved with a Gaussian; outside of them are zeros.

    Args:
        factor: bounds of the share of images that are, from 0 to 1; one number is the upper bound.
        kernel_size: (rows, columns) of the kernel, one number for both, default 3.
        sigma: bounds of the standard deviation in pixels, drawn for rows and columns of each batch;
            one number is the upper bound.
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
        >>> RandomGaussianBlur(0.5, (3, 5)).kernel_size
        (3, 5)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_range(factor, "factor", "RandomGaussianBlur", 0, 1)
        self.kernel_size = shapes.as_tuple(kernel_size, 2, "RandomGaussianBlur: kernel_size")
        self.sigma = factor_range(sigma, "sigma", "RandomGaussianBlur", 0, 1e6)
        self.value_range = levels(value_range, "RandomGaussianBlur")

    def draw(self, images: Tensor) -> dict[str, Any]:
        """Which images: `chosen`, (batch, 1, 1, 1) bool; and `sigma`, (2,)."""
        low, high = self.sigma
        widths = random.uniform((2,), 0.0, 1.0, "float32", self.seed_generator)
        share = self._uniform(images, self.factor, 1, 1, 1)
        return {
            "chosen": self._uniform(images, (0.0, 1.0), 1, 1, 1) < share,
            "sigma": widths * (high - low) + low,
        }

    def transform(  # type: ignore[override]
        self, images: Tensor, chosen: Any, sigma: Any
    ) -> Tensor:
        """The images, blurred where chosen."""
        blurred = ops.image.gaussian_blur(images, self.kernel_size, sigma, "channels_last")
        return ops.where(chosen, ops.clip(blurred, *self.value_range), images)
