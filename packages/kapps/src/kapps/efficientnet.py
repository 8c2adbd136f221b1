"""EfficientNet: one network found by search, grown in depth, width and size together.

Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import klayers
from kapps import preprocessing
from kapps.blocks import (
    activate,
    channel_axis,
    channels,
    normalise,
    pad_for_stride,
    round_channels,
    weigh_channels,
)
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore import initializers
from kcore.typing import Tensor

__all__ = [
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preprocessing.for_mode("raw")

# window, blocks, filters, expansion, stride of the first block
_STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
_SURVIVAL = 0.2  # the share of the last block's outputs left out in training


def kernels() -> Any:
    """First values of the windows."""
    return initializers.VarianceScaling(2.0, "fan_out", "truncated_normal")


def classify(x: Tensor, classes: int, activation: Any, dropout: float) -> Tensor:
    """The mean of each channel, and the classifier."""
    x = klayers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = klayers.Dropout(dropout, name="top_dropout")(x)
    first = initializers.VarianceScaling(1 / 3, "fan_out", "uniform")
    return klayers.Dense(
        classes, activation=activation, kernel_initializer=first, name="predictions"
    )(x)


def _body(x: Tensor, width: float, depth: float, published: bool = False) -> Tensor:
    x = klayers.Rescaling(1 / 255, name="rescaling")(x)
    x = klayers.Normalization(axis=channel_axis(), name="normalization")(x)
    if published:
        # the published files hold the variances of a normalisation that divides once more
        deviations = [1 / math.sqrt(d) for d in preprocessing.TORCH_DEVIATION]
        x = klayers.Rescaling(deviations, name="rescaling_1")(x)
    x = pad_for_stride(x, 3, "stem_conv_pad")
    x = _conv(x, round_channels(32 * width), 3, "stem_conv", 2, "valid")
    x = activate(normalise(x, "stem_bn"), "stem_activation", "silu")
    repeats = [math.ceil(depth * blocks) for _, blocks, *_ in _STAGES]
    done = 0
    for stage, (kernel, _, filters, expansion, stride) in enumerate(_STAGES, 1):
        for place in range(repeats[stage - 1]):
            rate = _SURVIVAL * done / sum(repeats)
            name = f"block{stage}{chr(ord('a') + place)}"
            outputs = round_channels(filters * width)
            x = _block(x, name, kernel, outputs, expansion, 1 if place else stride, rate)
            done += 1
    x = _conv(x, round_channels(1280 * width), 1, "top_conv")
    return activate(normalise(x, "top_bn"), "top_activation", "silu")


def _block(
    x: Tensor, name: str, kernel: int, filters: int, expansion: int, stride: int, rate: float
) -> Tensor:
    start, width = x, channels(x)
    if expansion > 1:
        x = _conv(x, width * expansion, 1, f"{name}_expand_conv")
        x = activate(normalise(x, f"{name}_expand_bn"), f"{name}_expand_activation", "silu")
    if stride == 2:
        x = pad_for_stride(x, kernel, f"{name}_dwconv_pad")
    x = klayers.DepthwiseConv2D(
        kernel,
        stride,
        "valid" if stride == 2 else "same",
        use_bias=False,
        depthwise_initializer=kernels(),
        name=f"{name}_dwconv",
    )(x)
    x = activate(normalise(x, f"{name}_bn"), f"{name}_activation", "silu")
    x = weigh_channels(x, max(1, width // 4), f"{name}_se", kernels())
    x = normalise(_conv(x, filters, 1, f"{name}_project_conv"), f"{name}_project_bn")
    if stride == 1 and width == filters:
        if rate > 0:
            # all of a sample's outputs are left out together
            x = klayers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
        x = klayers.Add(name=f"{name}_add")([x, start])
    return x


def _conv(
    x: Tensor, filters: int, size: int, name: str, stride: int = 1, padding: str = "same"
) -> Tensor:
    return klayers.Conv2D(
        filters,
        size,
        stride,
        padding,
        use_bias=False,
        kernel_initializer=kernels(),
        name=name,
    )(x)


def _network(number: int, width: float, depth: float, size: int, dropout: float) -> Network:
    body = functools.partial(_body, width=width, depth=depth)
    return Network(
        f"EfficientNetB{number}",
        f"efficientnetb{number}",
        body,
        size,
        32,
        "raw",
        functools.partial(classify, dropout=dropout),
        published_body=functools.partial(body, published=True),
    )


EfficientNetB0 = application(
    _network(0, 1.0, 1.0, 224, 0.2), "EfficientNet at its first size (Tan and Le, 2019)."
)
EfficientNetB1 = application(
    _network(1, 1.0, 1.1, 240, 0.2), "EfficientNet grown once (Tan and Le, 2019)."
)
EfficientNetB2 = application(
    _network(2, 1.1, 1.2, 260, 0.3), "EfficientNet grown twice (Tan and Le, 2019)."
)
EfficientNetB3 = application(
    _network(3, 1.2, 1.4, 300, 0.3), "EfficientNet grown three times (Tan and Le, 2019)."
)
EfficientNetB4 = application(
    _network(4, 1.4, 1.8, 380, 0.4), "EfficientNet grown four times (Tan and Le, 2019)."
)
EfficientNetB5 = application(
    _network(5, 1.6, 2.2, 456, 0.4), "EfficientNet grown five times (Tan and Le, 2019)."
)
EfficientNetB6 = application(
    _network(6, 1.8, 2.6, 528, 0.5), "EfficientNet grown six times (Tan and Le, 2019)."
)
EfficientNetB7 = application(
    _network(7, 2.0, 3.1, 600, 0.5), "EfficientNet grown seven times (Tan and Le, 2019)."
)
