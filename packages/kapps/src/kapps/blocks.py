"""The few calls that every family of networks repeats."""

from __future__ import annotations

from typing import Any

import klayers
from kcore import config
from kcore.typing import Tensor


def channel_axis() -> int:
    """Where the channels are in the global layout of images: -1 or 1."""
    return -1 if config.image_data_format() == "channels_last" else 1


def channels(x: Tensor) -> int:
    """The number of channels of images.

    Example:
        >>> channels(klayers.Input((8, 8, 3)))
        3
    """
    return int(x.shape[channel_axis()])


def normalise(
    x: Tensor, name: str, epsilon: float = 1e-3, momentum: float = 0.99, scale: bool = True
) -> Tensor:
    """Batch normalisation of each channel."""
    return klayers.BatchNormalization(channel_axis(), momentum, epsilon, scale=scale, name=name)(x)


def activate(x: Tensor, name: str, function: Any = "relu") -> Tensor:
    """An activation that is a layer of its own."""
    return klayers.Activation(function, name=name)(x)


def join(parts: list[Tensor], name: str) -> Tensor:
    """Images beside each other, channel by channel."""
    return klayers.Concatenate(axis=channel_axis(), name=name)(parts)


def pad_for_stride(x: Tensor, kernel: int, name: str) -> Tensor:
    """Zeros around images before a window of stride 2, as the published weights were trained.

    Below and right there is one more than above and left, where the size is even or unknown.
    """
    rows, columns = x.shape[1:3] if channel_axis() == -1 else x.shape[2:4]
    half = kernel // 2
    before = [half if size is not None and size % 2 else half - 1 for size in (rows, columns)]
    padding = ((before[0], half), (before[1], half))
    return klayers.ZeroPadding2D(padding, name=name)(x)


class Counter:
    """Numbers of layers that the published networks only count, by kind.

    Example:
        >>> count = Counter()
        >>> count("conv2d"), count("add"), count("conv2d")
        ('conv2d', 'add', 'conv2d_1')
    """

    def __init__(self) -> None:
        self._made: dict[str, int] = {}

    def __call__(self, kind: str) -> str:
        """The next name of a kind."""
        number = self._made[kind] = self._made.get(kind, -1) + 1
        return f"{kind}_{number}" if number else kind


def round_channels(wanted: float, step: int = 8) -> int:
    """The multiple of `step` nearest to a number, never more than a tenth below it.

    Example:
        >>> round_channels(17.6), round_channels(11.0)
        (16, 16)
    """
    rounded = max(step, int(wanted + step / 2) // step * step)
    return rounded + step if rounded < 0.9 * wanted else rounded


def weigh_channels(x: Tensor, width: int, name: str, first: Any) -> Tensor:
    """Multiplies each channel by a number between 0 and 1 found from the means of all.

    Args:
        x: images.
        width: numbers that the means are brought down to.
        name: what the names of the layers begin with.
        first: initializer of the kernels.
    """
    count = channels(x)
    shape = (1, 1, count) if channel_axis() == -1 else (count, 1, 1)
    share = klayers.GlobalAveragePooling2D(name=f"{name}_squeeze")(x)
    share = klayers.Reshape(shape, name=f"{name}_reshape")(share)
    for filters, function, part in ((width, "silu", "reduce"), (count, "sigmoid", "expand")):
        share = klayers.Conv2D(
            filters,
            1,
            padding="same",
            activation=function,
            kernel_initializer=first,
            name=f"{name}_{part}",
        )(share)
    return klayers.Multiply(name=f"{name}_excite")([x, share])
