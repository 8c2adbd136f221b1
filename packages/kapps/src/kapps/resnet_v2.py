"""ResNetV2: blocks that normalise before they convolve.

He, Zhang, Ren and Sun, Identity Mappings in Deep Residual Networks, 2016. As in the published
files, the stride is at the last block of a stage.
"""

from __future__ import annotations

from collections.abc import Callable

import klayers
from kapps import preprocessing
from kapps.blocks import Counter, activate, normalise
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")

_EPSILON = 1.001e-5


def _body(blocks: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    def body(x: Tensor) -> Tensor:
        count = Counter()
        x = klayers.ZeroPadding2D(3, name="conv1_pad")(x)
        x = klayers.Conv2D(64, 7, 2, name="conv1_conv")(x)
        x = klayers.ZeroPadding2D(1, name="pool1_pad")(x)
        x = klayers.MaxPooling2D(3, 2, name="pool1_pool")(x)
        for stage, number in enumerate(blocks, 2):
            filters = 32 * 2 ** (stage - 1)
            for place in range(1, number + 1):
                stride = 2 if place == number and stage < 5 else 1
                x = _block(x, filters, f"conv{stage}_block{place}", stride, place == 1, count)
        return activate(normalise(x, "post_bn", _EPSILON), "post_relu")

    return body


def _block(x: Tensor, filters: int, name: str, stride: int, widen: bool, count: Counter) -> Tensor:
    ready = activate(normalise(x, f"{name}_preact_bn", _EPSILON), f"{name}_preact_relu")
    if widen:
        short = klayers.Conv2D(4 * filters, 1, stride, name=f"{name}_0_conv")(ready)
    elif stride > 1:
        short = klayers.MaxPooling2D(1, stride, name=count("max_pooling2d"))(x)
    else:
        short = x
    x = klayers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(ready)
    x = activate(normalise(x, f"{name}_1_bn", _EPSILON), f"{name}_1_relu")
    x = klayers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = klayers.Conv2D(filters, 3, stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = activate(normalise(x, f"{name}_2_bn", _EPSILON), f"{name}_2_relu")
    x = klayers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return klayers.Add(name=f"{name}_out")([short, x])


def _network(layers: int, *blocks: int) -> Network:
    return Network(f"ResNet{layers}V2", f"resnet{layers}v2", _body(blocks), 224, 32, "tf")


ResNet50V2 = application(
    _network(50, 3, 4, 6, 3),
    "The residual network with 50 layers, second version (He and others, 2016).",
)
ResNet101V2 = application(
    _network(101, 3, 4, 23, 3),
    "The residual network with 101 layers, second version (He and others, 2016).",
)
ResNet152V2 = application(
    _network(152, 3, 8, 36, 3),
    "The residual network with 152 layers, second version (He and others, 2016).",
)
