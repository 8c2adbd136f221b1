"""ResNet: blocks of convolutions that add to what they received.

He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2016. Names of layers and
order of weights are those of Keras' application, so files of weights are interchangeable: the
stride is at the first convolution of a block, convolutions have biases, and the normalisation's
epsilon is 1.001e-5.
"""

from __future__ import annotations

from collections.abc import Callable

import klayers
from kapps import preprocessing
from kapps.blocks import activate, normalise
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("caffe")


def _body(blocks: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    """Four stages of so many blocks behind a wide window and a pooling."""

    def body(x: Tensor) -> Tensor:
        x = klayers.ZeroPadding2D(3, name="conv1_pad")(x)
        x = activate(_convolve(x, 64, 7, "conv1", stride=2), "conv1_relu")
        x = klayers.ZeroPadding2D(1, name="pool1_pad")(x)
        x = klayers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
        for stage, count in enumerate(blocks, 2):
            filters = 32 * 2 ** (stage - 1)
            x = _block(x, filters, f"conv{stage}_block1", 1 if stage == 2 else 2, widen=True)
            for number in range(2, count + 1):
                x = _block(x, filters, f"conv{stage}_block{number}")
        return x

    return body


def _block(x: Tensor, filters: int, name: str, stride: int = 1, widen: bool = False) -> Tensor:
    """Narrow, look around, widen, and add what came in; to `4 * filters` channels."""
    shortcut = _convolve(x, 4 * filters, 1, f"{name}_0", stride) if widen else x
    x = activate(_convolve(x, filters, 1, f"{name}_1", stride), f"{name}_1_relu")
    x = activate(_convolve(x, filters, 3, f"{name}_2", padding="same"), f"{name}_2_relu")
    x = _convolve(x, 4 * filters, 1, f"{name}_3")
    return activate(klayers.Add(name=f"{name}_add")([shortcut, x]), f"{name}_out")


def _convolve(
    x: Tensor, filters: int, size: int, name: str, stride: int = 1, padding: str = "valid"
) -> Tensor:
    """A convolution and its normalisation."""
    x = klayers.Conv2D(filters, size, stride, padding, name=f"{name}_conv")(x)
    return normalise(x, f"{name}_bn", 1.001e-5)


def _network(layers: int, *blocks: int) -> Network:
    return Network(f"ResNet{layers}", f"resnet{layers}", _body(blocks), 224, 32, "caffe")


ResNet50 = application(
    _network(50, 3, 4, 6, 3), "The residual network with 50 layers (He and others, 2016)."
)
ResNet101 = application(
    _network(101, 3, 4, 23, 3), "The residual network with 101 layers (He and others, 2016)."
)
ResNet152 = application(
    _network(152, 3, 8, 36, 3), "The residual network with 152 layers (He and others, 2016)."
)
