"""What the Inception networks share: numbered convolutions, poolings, the first layers."""

from __future__ import annotations

from typing import Any

import klayers
from kapps.blocks import Counter, activate, join, normalise
from kcore.typing import Tensor


class Windows:
    """Makes the layers of one Inception network and numbers them as its published files do.

    Args:
        scale: whether the normalisations have a factor `gamma`.
    """

    def __init__(self, scale: bool) -> None:
        self.scale = scale
        self.count = Counter()

    def conv(
        self,
        x: Tensor,
        filters: int,
        size: Any,
        stride: int = 1,
        padding: str = "same",
        name: str | None = None,
    ) -> Tensor:
        """A convolution without bias, its normalisation and relu."""
        named = name or self.count("conv2d")
        x = klayers.Conv2D(filters, size, stride, padding, use_bias=False, name=named)(x)
        x = normalise(
            x, f"{name}_bn" if name else self.count("batch_normalization"), 1e-3, 0.99, self.scale
        )
        return activate(x, f"{name}_ac" if name else self.count("activation"))

    def chain(self, x: Tensor, *steps: tuple[Any, ...]) -> Tensor:
        """Convolutions one behind the other; a step is (filters, size, stride, padding)."""
        for step in steps:
            x = self.conv(x, *step)
        return x

    def pool(self, x: Tensor, stride: int = 2) -> Tensor:
        """The largest in windows of 3 x 3."""
        return klayers.MaxPooling2D(3, stride, name=self.count("max_pooling2d"))(x)

    def average(self, x: Tensor) -> Tensor:
        """The mean in windows of 3 x 3; the size stays."""
        name = self.count("average_pooling2d")
        return klayers.AveragePooling2D(3, 1, padding="same", name=name)(x)

    def join(self, parts: list[Tensor], name: str) -> Tensor:
        """Branches beside each other."""
        return join(parts, name)

    def stem(self, x: Tensor) -> Tensor:
        """The first five convolutions, to 192 channels and an eighth of the size."""
        x = self.chain(x, (32, 3, 2, "valid"), (32, 3, 1, "valid"), (64, 3))
        x = self.chain(self.pool(x), (80, 1, 1, "valid"), (192, 3, 1, "valid"))
        return self.pool(x)

    def mixed_by_5(self, x: Tensor, first: int, pooled: int, name: str) -> Tensor:
        """Windows of 1, 5 and twice 3, and a mean, beside each other."""
        parts = [
            self.conv(x, first, 1),
            self.chain(x, (48, 1), (64, 5)),
            self.chain(x, (64, 1), (96, 3), (96, 3)),
            self.conv(self.average(x), pooled, 1),
        ]
        return self.join(parts, name)
