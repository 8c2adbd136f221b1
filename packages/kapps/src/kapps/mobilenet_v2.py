"""MobileNetV2: blocks that widen, look at each channel, narrow, and add.

Sandler and others, MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018.
"""

from __future__ import annotations

import functools
from typing import Any

import klayers
from kapps import preprocessing
from kapps.application import Application
from kapps.blocks import channels, normalise, pad_for_stride, round_channels
from kapps.labels import decode_predictions
from kapps.network import Network, build, check_width, named_function, size_text
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")

# filters, blocks, stride of the first block
_STAGES = ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))


def MobileNetV2(  # noqa: N802 - the name that everybody knows
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: SymbolicTensor | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Application:
    """The network for small devices, second version (Sandler and others, 2018).

    Args:
        input_shape: of one image, at least 32 pixels high and wide; (224, 224, 3) if None, without
            the classifier (None, None, 3).
        alpha: share of the channels of each layer, above 0; published are 0.35, 0.5, 0.75, 1, 1.3
            and 1.4.
        include_top, weights, input_tensor, pooling, classes, classifier_activation: as for
            `ResNet50`.
        name: of the model; "mobilenetv2_1.00_224" after alpha and the size if None.

    Shapes:
        input (batch, height, width, channels); output (batch, classes), or (batch, 1280) with
        pooling, or (batch, ceil(height / 32), ceil(width / 32), 1280); more with alpha above 1.

    Raises:
        ConfigurationError, ShapeError, LoadError: as for `ResNet50`.

    Example:
        >>> MobileNetV2(weights=None).count_params()
        3538984
    """
    check_width("MobileNetV2", alpha)
    network = Network(
        "MobileNetV2",
        f"mobilenetv2_{alpha:0.2f}_{size_text(input_shape, input_tensor, include_top)}",
        functools.partial(_body, alpha=alpha),
        224,
        32,
        "tf",
        _top,
        variant=f"{alpha:g}",
    )
    return build(
        network,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def _body(x: Tensor, alpha: float) -> Tensor:
    first = round_channels(32 * alpha)
    x = klayers.Conv2D(first, 3, 2, "same", use_bias=False, name="Conv1")(x)
    x = _limit(_normalise(x, "bn_Conv1"), "Conv1_relu")
    x = _block(x, "expanded_conv", 1, round_channels(16 * alpha), 1)
    number = 0
    for filters, count, stride in _STAGES:
        for place in range(count):
            number += 1
            width = round_channels(filters * alpha)
            x = _block(x, f"block_{number}", 6, width, 1 if place else stride)
    last = round_channels(1280 * alpha) if alpha > 1 else 1280
    x = klayers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    return _limit(_normalise(x, "Conv_1_bn"), "out_relu")


def _block(x: Tensor, name: str, expansion: int, filters: int, stride: int) -> Tensor:
    start, width = x, channels(x)
    if expansion > 1:
        x = klayers.Conv2D(
            expansion * width, 1, padding="same", use_bias=False, name=f"{name}_expand"
        )(x)
        x = _limit(_normalise(x, f"{name}_expand_BN"), f"{name}_expand_relu")
    if stride == 2:
        x = pad_for_stride(x, 3, f"{name}_pad")
    padding = "valid" if stride == 2 else "same"
    x = klayers.DepthwiseConv2D(3, stride, padding, use_bias=False, name=f"{name}_depthwise")(x)
    x = _limit(_normalise(x, f"{name}_depthwise_BN"), f"{name}_depthwise_relu")
    x = klayers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
    x = _normalise(x, f"{name}_project_BN")
    if stride == 1 and width == filters:
        x = klayers.Add(name=f"{name}_add")([start, x])
    return x


def _normalise(x: Tensor, name: str) -> Tensor:
    return normalise(x, name, momentum=0.999)


def _limit(x: Tensor, name: str) -> Tensor:
    return klayers.ReLU(6.0, name=name)(x)


def _top(x: Tensor, classes: int, activation: Any) -> Tensor:
    x = klayers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    return klayers.Dense(classes, activation=activation, name="predictions")(x)


named_function(MobileNetV2, _body, "MobileNetV2", "tf", 224)
