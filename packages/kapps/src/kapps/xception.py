"""Xception: convolutions of each channel by itself, then across channels.

Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, 2017.
"""

from __future__ import annotations

import klayers
from kapps import preprocessing
from kapps.blocks import Counter, activate, normalise
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["Xception", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")


def _body(x: Tensor) -> Tensor:
    count = Counter()
    for number, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{number}"
        x = klayers.Conv2D(filters, 3, stride, use_bias=False, name=name)(x)
        x = activate(normalise(x, f"{name}_bn"), f"{name}_act")
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _narrowing(x, block, (filters, filters), count, active=block > 2)
    for block in range(5, 13):
        start = x
        for number in (1, 2, 3):
            x = _separable(x, 728, f"block{block}_sepconv{number}", active=True)
        x = klayers.Add(name=count("add"))([x, start])
    x = _narrowing(x, 13, (728, 1024), count, active=True)
    for number, filters in ((1, 1536), (2, 2048)):
        name = f"block14_sepconv{number}"
        x = activate(_separable(x, filters, name, active=False), f"{name}_act")
    return x


def _narrowing(
    x: Tensor, block: int, filters: tuple[int, int], count: Counter, active: bool
) -> Tensor:
    """Two convolutions and a pooling to half the size, added to a short cut."""
    short = klayers.Conv2D(filters[1], 1, 2, padding="same", use_bias=False, name=count("conv2d"))(
        x
    )
    short = normalise(short, count("batch_normalization"))
    x = _separable(x, filters[0], f"block{block}_sepconv1", active)
    x = _separable(x, filters[1], f"block{block}_sepconv2", active=True)
    x = klayers.MaxPooling2D(3, 2, padding="same", name=f"block{block}_pool")(x)
    return klayers.Add(name=count("add"))([x, short])


def _separable(x: Tensor, filters: int, name: str, active: bool) -> Tensor:
    """A separable convolution and its normalisation, behind an activation if `active`."""
    if active:
        x = activate(x, f"{name}_act")
    x = klayers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return normalise(x, f"{name}_bn")


Xception = application(
    Network("Xception", "xception", _body, 299, 71, "tf"),
    "The network of separable convolutions (Chollet, 2017).",
)
