"""DenseNet: every block sees what all blocks before it made.

Huang, Liu, van der Maaten and Weinberger, Densely Connected Convolutional Networks, 2017.
"""

from __future__ import annotations

from collections.abc import Callable

import klayers
from kapps import preprocessing
from kapps.blocks import activate, channels, join, normalise
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("torch")

_EPSILON = 1.001e-5
_GROWTH = 32


def _body(blocks: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    """Four stages of so many blocks; between two stages half the channels and half the size."""

    def body(x: Tensor) -> Tensor:
        x = klayers.ZeroPadding2D(3, name="zero_padding2d")(x)
        x = klayers.Conv2D(64, 7, 2, use_bias=False, name="conv1_conv")(x)
        x = activate(normalise(x, "conv1_bn", _EPSILON), "conv1_relu")
        x = klayers.ZeroPadding2D(1, name="zero_padding2d_1")(x)
        x = klayers.MaxPooling2D(3, 2, name="pool1")(x)
        for stage, count in enumerate(blocks, 2):
            for number in range(1, count + 1):
                x = _block(x, f"conv{stage}_block{number}")
            if stage < 5:
                name = f"pool{stage}"
                x = _convolve(x, channels(x) // 2, 1, f"{name}_bn", f"{name}_relu", f"{name}_conv")
                x = klayers.AveragePooling2D(2, 2, name=f"{name}_pool")(x)
        return activate(normalise(x, "bn", _EPSILON), "relu")

    return body


def _block(x: Tensor, name: str) -> Tensor:
    seen = _convolve(x, 4 * _GROWTH, 1, f"{name}_0_bn", f"{name}_0_relu", f"{name}_1_conv")
    seen = _convolve(seen, _GROWTH, 3, f"{name}_1_bn", f"{name}_1_relu", f"{name}_2_conv")
    return join([x, seen], f"{name}_concat")


def _convolve(x: Tensor, filters: int, size: int, bn: str, relu: str, conv: str) -> Tensor:
    x = activate(normalise(x, bn, _EPSILON), relu)
    padding = "same" if size > 1 else "valid"
    return klayers.Conv2D(filters, size, padding=padding, use_bias=False, name=conv)(x)


def _network(layers: int, *blocks: int) -> Network:
    return Network(f"DenseNet{layers}", f"densenet{layers}", _body(blocks), 224, 32, "torch")


DenseNet121 = application(
    _network(121, 6, 12, 24, 16), "The dense network with 121 layers (Huang and others, 2017)."
)
DenseNet169 = application(
    _network(169, 6, 12, 32, 32), "The dense network with 169 layers (Huang and others, 2017)."
)
DenseNet201 = application(
    _network(201, 6, 12, 48, 32), "The dense network with 201 layers (Huang and others, 2017)."
)
