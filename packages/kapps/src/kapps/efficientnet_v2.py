"""EfficientNetV2: whole windows in early blocks, channel by channel in late ones.

Tan and Le, EfficientNetV2: Smaller Models and Faster Training, 2021.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Protocol

import klayers
from kapps import preprocessing
from kapps.application import Application
from kapps.blocks import (
    activate,
    channel_axis,
    channels,
    normalise,
    weigh_channels,
)
from kapps.efficientnet import classify, kernels
from kapps.labels import decode_predictions
from kapps.network import Network, build, named_function
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

__all__ = [
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "EfficientNetV2B2",
    "EfficientNetV2B3",
    "EfficientNetV2L",
    "EfficientNetV2M",
    "EfficientNetV2S",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preprocessing.for_mode("raw")

# blocks, filters, expansion, stride of the first block; the first three stages use whole windows
_Stages = tuple[tuple[int, int, int, int], ...]
_BASE: _Stages = (
    (1, 16, 1, 1), (2, 32, 4, 2), (2, 48, 4, 2), (3, 96, 4, 2), (5, 112, 6, 1), (8, 192, 6, 2)
)  # fmt: skip
_SMALL: _Stages = (
    (2, 24, 1, 1), (4, 48, 4, 2), (4, 64, 4, 2), (6, 128, 4, 2), (9, 160, 6, 1), (15, 256, 6, 2)
)  # fmt: skip
_MEDIUM: _Stages = (
    (3, 24, 1, 1), (5, 48, 4, 2), (5, 80, 4, 2), (7, 160, 4, 2), (14, 176, 6, 1), (18, 304, 6, 2),
    (5, 512, 6, 1),
)  # fmt: skip
_LARGE: _Stages = (
    (4, 32, 1, 1), (7, 64, 4, 2), (7, 96, 4, 2), (10, 192, 4, 2), (19, 224, 6, 1), (25, 384, 6, 2),
    (7, 640, 6, 1),
)  # fmt: skip
_SURVIVAL = 0.2  # the share of the last block's outputs left out in training
_DROPOUT = 0.2


class _Create(Protocol):
    def __call__(
        self,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
        name: str | None = None,
    ) -> Application: ...


def _application(
    kind: str, stages: _Stages, size: int, width: float = 1.0, depth: float = 1.0
) -> _Create:
    title, scaled = f"EfficientNetV2{kind}", kind.startswith("B")

    def create(
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
        name: str | None = None,
    ) -> Application:
        scale = (_unit if scaled else _symmetric) if include_preprocessing else _unchanged
        body = functools.partial(_body, stages=stages, width=width, depth=depth, scale=scale)
        mode = "raw" if include_preprocessing else "torch" if scaled else "tf"
        top = functools.partial(classify, dropout=_DROPOUT)
        network = Network(title, f"efficientnetv2-{kind.lower()}", body, size, 32, mode, top)
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

    return named_function(
        create,
        _body,
        title,
        "raw",
        size,
        f"""EfficientNet, second version, size {kind} (Tan and Le, 2021).

    Args:
        include_top, weights, input_tensor, pooling, classes, classifier_activation: as for
            `ResNet50`.
        input_shape: of one image, at least 32 pixels high and wide; ({size}, {size}, 3) if None,
            without the classifier (None, None, 3).
        include_preprocessing: whether the model scales pixels of 0 to 255 itself.
        name: of the model, "efficientnetv2-{kind.lower()}" if None.

    Raises:
        ConfigurationError, ShapeError, LoadError: as for `ResNet50`.
    """,
    )


def _unit(x: Tensor) -> Tensor:
    """Pixels of 0 to 255 as mean 0 and deviation 1 over ImageNet."""
    x = klayers.Rescaling(1 / 255, name="rescaling")(x)
    variance = [deviation**2 for deviation in preprocessing.TORCH_DEVIATION]
    return klayers.Normalization(
        channel_axis(), list(preprocessing.TORCH_MEAN), variance, name="normalization"
    )(x)


def _symmetric(x: Tensor) -> Tensor:
    """Pixels of 0 to 255 as -1 to 1."""
    return klayers.Rescaling(1 / 128, -1.0, name="rescaling")(x)


def _unchanged(x: Tensor) -> Tensor:
    return x


def _body(x: Tensor, stages: _Stages, width: float, depth: float, scale: Any) -> Tensor:
    x = _conv(scale(x), _round(stages[0][1] * width * _stem(stages)), 3, "stem_conv", 2)
    x = activate(_normalise(x, "stem_bn"), "stem_activation", "silu")
    repeats = [math.ceil(depth * blocks) for blocks, *_ in stages]
    first_blocks = sum(blocks for blocks, *_ in stages)  # before the network is grown
    done = 0
    for stage, (_, filters, expansion, stride) in enumerate(stages, 1):
        for place in range(repeats[stage - 1]):
            rate = _SURVIVAL * done / first_blocks
            name = f"block{stage}{chr(ord('a') + place)}"
            block = _whole if stage <= 3 else _by_channel
            outputs = _round(filters * width)
            x = block(x, name, outputs, expansion, 1 if place else stride, rate)
            done += 1
    x = _conv(x, _round(1280 * width), 1, "top_conv")
    return activate(_normalise(x, "top_bn"), "top_activation", "silu")


def _round(wanted: float) -> int:
    """The nearest multiple of 8."""
    return max(8, int(wanted + 4) // 8 * 8)


def _stem(stages: _Stages) -> int:
    """The first layer of the smallest network is twice as wide as its first stage."""
    return 2 if stages is _BASE else 1


def _whole(x: Tensor, name: str, filters: int, expansion: int, stride: int, rate: float) -> Tensor:
    """A block of whole windows: widen and narrow, or one window alone."""
    start, width = x, channels(x)
    if expansion > 1:
        x = _conv(x, width * expansion, 3, f"{name}_expand_conv", stride)
        x = activate(_normalise(x, f"{name}_expand_bn"), f"{name}_expand_activation", "silu")
        x = _normalise(_conv(x, filters, 1, f"{name}_project_conv"), f"{name}_project_bn")
    else:
        x = _conv(x, filters, 3, f"{name}_project_conv", stride)
        x = activate(_normalise(x, f"{name}_project_bn"), f"{name}_project_activation", "silu")
    return _add(x, start, name, rate) if stride == 1 and width == filters else x


def _by_channel(
    x: Tensor, name: str, filters: int, expansion: int, stride: int, rate: float
) -> Tensor:
    """A block that widens, looks at each channel, weighs the channels and narrows."""
    start, width = x, channels(x)
    x = _conv(x, width * expansion, 1, f"{name}_expand_conv")
    x = activate(_normalise(x, f"{name}_expand_bn"), f"{name}_expand_activation", "silu")
    x = klayers.DepthwiseConv2D(
        3,
        stride,
        "same",
        use_bias=False,
        depthwise_initializer=kernels(),
        name=f"{name}_dwconv2",
    )(x)
    x = activate(_normalise(x, f"{name}_bn"), f"{name}_activation", "silu")
    x = weigh_channels(x, max(1, width // 4), f"{name}_se", kernels())
    x = _normalise(_conv(x, filters, 1, f"{name}_project_conv"), f"{name}_project_bn")
    return _add(x, start, name, rate) if stride == 1 and width == filters else x


def _add(x: Tensor, start: Tensor, name: str, rate: float) -> Tensor:
    if rate > 0:
        # all of a sample's outputs are left out together
        x = klayers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
    return klayers.Add(name=f"{name}_add")([x, start])


def _conv(x: Tensor, filters: int, size: int, name: str, stride: int = 1) -> Tensor:
    return klayers.Conv2D(
        filters,
        size,
        stride,
        "same",
        use_bias=False,
        kernel_initializer=kernels(),
        name=name,
    )(x)


def _normalise(x: Tensor, name: str) -> Tensor:
    return normalise(x, name, momentum=0.9)


EfficientNetV2B0 = _application("B0", _BASE, 224)
EfficientNetV2B1 = _application("B1", _BASE, 240, 1.0, 1.1)
EfficientNetV2B2 = _application("B2", _BASE, 260, 1.1, 1.2)
EfficientNetV2B3 = _application("B3", _BASE, 300, 1.2, 1.4)
EfficientNetV2S = _application("S", _SMALL, 384)
EfficientNetV2M = _application("M", _MEDIUM, 480)
EfficientNetV2L = _application("L", _LARGE, 480)
