"""MobileNetV3: blocks found by search, with a weight for each channel.

Howard and others, Searching for MobileNetV3, 2019.
"""

from __future__ import annotations

import functools
from typing import Any, Protocol

import klayers
from kapps import preprocessing
from kapps.application import Application
from kapps.blocks import (
    Counter,
    activate,
    channels,
    normalise,
    pad_for_stride,
    round_channels,
)
from kapps.labels import decode_predictions
from kapps.network import Network, build, check_width, named_function
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("raw")

# expansion of the channels that come in, filters, window, stride, weights for channels, activation
_Block = tuple[float, int, int, int, bool, str]
_SMALL: tuple[_Block, ...] = (
    (1, 16, 3, 2, True, "relu"),
    (72 / 16, 24, 3, 2, False, "relu"),
    (88 / 24, 24, 3, 1, False, "relu"),
    (4, 40, 5, 2, True, "hard_silu"),
    (6, 40, 5, 1, True, "hard_silu"),
    (6, 40, 5, 1, True, "hard_silu"),
    (3, 48, 5, 1, True, "hard_silu"),
    (3, 48, 5, 1, True, "hard_silu"),
    (6, 96, 5, 2, True, "hard_silu"),
    (6, 96, 5, 1, True, "hard_silu"),
    (6, 96, 5, 1, True, "hard_silu"),
)
_LARGE: tuple[_Block, ...] = (
    (1, 16, 3, 1, False, "relu"),
    (4, 24, 3, 2, False, "relu"),
    (3, 24, 3, 1, False, "relu"),
    (3, 40, 5, 2, True, "relu"),
    (3, 40, 5, 1, True, "relu"),
    (3, 40, 5, 1, True, "relu"),
    (6, 80, 3, 2, False, "hard_silu"),
    (2.5, 80, 3, 1, False, "hard_silu"),
    (2.3, 80, 3, 1, False, "hard_silu"),
    (2.3, 80, 3, 1, False, "hard_silu"),
    (6, 112, 3, 1, True, "hard_silu"),
    (6, 112, 3, 1, True, "hard_silu"),
    (6, 160, 5, 2, True, "hard_silu"),
    (6, 160, 5, 1, True, "hard_silu"),
    (6, 160, 5, 1, True, "hard_silu"),
)


class _Create(Protocol):
    def __call__(
        self,
        input_shape: Any = None,
        alpha: float = 1.0,
        minimalistic: bool = False,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        classes: int = 1000,
        pooling: str | None = None,
        dropout_rate: float = 0.2,
        classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
        name: str | None = None,
    ) -> Application: ...


def _application(title: str, blocks: tuple[_Block, ...], last: int) -> _Create:
    def create(
        input_shape: Any = None,
        alpha: float = 1.0,
        minimalistic: bool = False,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        classes: int = 1000,
        pooling: str | None = None,
        dropout_rate: float = 0.2,
        classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
        name: str | None = None,
    ) -> Application:
        check_width(title, alpha)
        maker = _Maker(alpha, minimalistic)
        body = functools.partial(maker.body, blocks=blocks, preprocess=include_preprocessing)
        top = functools.partial(maker.top, width=last, dropout=dropout_rate)
        variant = f"{alpha:g}{' minimalistic' if minimalistic else ''}"
        mode = "raw" if include_preprocessing else "tf"
        network = Network(title, title, body, 224, 32, mode, top, variant=variant, open_size=True)
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
        _Maker.body,
        title,
        "raw",
        224,
        f"""The network for small devices, third version (Howard and others, 2019).

    Args:
        input_shape: of one image, at least 32 pixels high and wide; (None, None, 3) if None.
        alpha: share of the channels of each layer, above 0; published are 0.75 and 1.
        minimalistic: leaves out the weights of channels, windows of 5 and hard_silu.
        include_top, weights, input_tensor, classes, pooling, classifier_activation: as for
            `ResNet50`.
        dropout_rate: share of the features left out in training, 0 to 1.
        include_preprocessing: whether the model scales pixels of 0 to 255 itself.
        name: of the model, "{title}" if None.

    Raises:
        ConfigurationError, ShapeError, LoadError: as for `ResNet50`.
    """,
    )


class _Maker:
    """The layers of one network; numbers those that have no name of their own."""

    def __init__(self, alpha: float, minimalistic: bool) -> None:
        self.alpha = alpha
        self.minimalistic = minimalistic
        self.count = Counter()

    def body(self, x: Tensor, blocks: tuple[_Block, ...], preprocess: bool) -> Tensor:
        if preprocess:
            x = klayers.Rescaling(1 / 127.5, -1.0, name="rescaling")(x)
        x = klayers.Conv2D(16, 3, 2, "same", use_bias=False, name="conv")(x)
        x = self.activate(normalise(x, "conv_bn", momentum=0.999), "hard_silu")
        for number, block in enumerate(blocks):
            x = self.block(x, f"expanded_conv_{number}" if number else "expanded_conv", block)
        width = round_channels(channels(x) * 6)
        x = klayers.Conv2D(width, 1, padding="same", use_bias=False, name="conv_1")(x)
        return self.activate(normalise(x, "conv_1_bn", momentum=0.999), "hard_silu")

    def block(self, x: Tensor, name: str, block: _Block) -> Tensor:
        expansion, filters, kernel, stride, weighted, function = block
        kernel = 3 if self.minimalistic else kernel
        filters, start, width = round_channels(filters * self.alpha), x, channels(x)
        expanded = round_channels(width * expansion)
        if name != "expanded_conv":
            x = self.convolve(x, expanded, f"{name}_expand")
            x = self.activate(x, function)
        if stride == 2:
            x = pad_for_stride(x, kernel, f"{name}_depthwise_pad")
        padding = "valid" if stride == 2 else "same"
        x = klayers.DepthwiseConv2D(
            kernel, stride, padding, use_bias=False, name=f"{name}_depthwise"
        )(x)
        x = self.activate(normalise(x, f"{name}_depthwise_bn", momentum=0.999), function)
        if weighted and not self.minimalistic:
            x = self.weigh(x, f"{name}_squeeze_excite")
        x = self.convolve(x, filters, f"{name}_project")
        if stride == 1 and width == filters:
            x = klayers.Add(name=f"{name}_add")([start, x])
        return x

    def convolve(self, x: Tensor, filters: int, name: str) -> Tensor:
        x = klayers.Conv2D(filters, 1, padding="same", use_bias=False, name=name)(x)
        return normalise(x, f"{name}_bn", momentum=0.999)

    def weigh(self, x: Tensor, name: str) -> Tensor:
        """Multiplies each channel by a number between 0 and 1 found from the means of all."""
        width = channels(x)
        means = klayers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
        share = klayers.Conv2D(
            round_channels(width * 0.25), 1, padding="same", name=f"{name}_conv"
        )(means)
        share = klayers.ReLU(name=f"{name}_relu")(share)
        share = klayers.Conv2D(width, 1, padding="same", name=f"{name}_conv_1")(share)
        share = activate(share, f"{name}_gate", "hard_sigmoid")
        return klayers.Multiply(name=f"{name}_mul")([x, share])

    def activate(self, x: Tensor, function: str) -> Tensor:
        if function == "relu" or self.minimalistic:
            return klayers.ReLU(name=self.count("re_lu"))(x)
        return activate(x, self.count("activation"), function)

    def top(self, x: Tensor, classes: int, activation: Any, width: int, dropout: float) -> Tensor:
        width = round_channels(width * self.alpha) if self.alpha > 1 else width
        x = klayers.GlobalAveragePooling2D(keepdims=True, name="global_average_pooling2d")(x)
        x = klayers.Conv2D(width, 1, padding="same", name="conv_2")(x)
        x = self.activate(x, "hard_silu")
        if dropout > 0:
            x = klayers.Dropout(dropout, name="dropout")(x)
        x = klayers.Conv2D(classes, 1, padding="same", name="logits")(x)
        x = klayers.Flatten(name="flatten")(x)
        return klayers.Activation(activation, name="predictions")(x)


MobileNetV3Small = _application("MobileNetV3Small", _SMALL, 1024)
MobileNetV3Large = _application("MobileNetV3Large", _LARGE, 1280)
