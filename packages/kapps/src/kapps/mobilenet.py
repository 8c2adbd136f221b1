"""MobileNet: each channel by itself, then a window of one pixel across channels.

Howard and others, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications, 2017.
"""

from __future__ import annotations

import functools
from typing import Any

import klayers
from kapps import preprocessing
from kapps.application import Application
from kapps.blocks import normalise
from kapps.labels import decode_predictions
from kapps.network import Network, build, check_width, named_function, size_text
from kcore.errors import ConfigurationError
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")

# filters of each block and its stride
_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)
)  # fmt: skip


def MobileNet(  # noqa: N802 - the name that everybody knows
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: SymbolicTensor | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Application:
    """The network for small devices, first version (Howard and others, 2017).

    Args:
        input_shape: of one image, at least 32 pixels high and wide; (224, 224, 3) if None, without
            the classifier (None, None, 3).
        alpha: share of the channels of each layer, above 0; published are 0.25, 0.5, 0.75 and 1.
        depth_multiplier: outputs of each channel by itself, at least 1.
        dropout: share of the features left out in training, 0 to 1.
        include_top, weights, input_tensor, pooling, classes, classifier_activation: as for
            `ResNet50`.
        name: of the model; "mobilenet_1.00_224" after alpha and the size if None.

    Shapes:
        input (batch, height, width, channels); output (batch, classes), or (batch, 1024 * alpha)
        with pooling, or (batch, height / 32, width / 32, 1024 * alpha).

    Raises:
        ConfigurationError, ShapeError, LoadError: as for `ResNet50`.

    Example:
        >>> MobileNet(weights=None, alpha=0.25).count_params()
        475544
    """
    check_width("MobileNet", alpha)
    if isinstance(depth_multiplier, bool) or depth_multiplier not in range(1, 1000):
        raise ConfigurationError(
            "MobileNet: depth_multiplier must be a whole number of at least 1; received "
            f"{depth_multiplier!r}."
        )
    published = alpha in (0.25, 0.5, 0.75, 1.0) and depth_multiplier == 1
    network = Network(
        "MobileNet",
        f"mobilenet_{alpha:0.2f}_{size_text(input_shape, input_tensor, include_top)}",
        functools.partial(_body, alpha=alpha, depth_multiplier=depth_multiplier),
        224,
        32,
        "tf",
        functools.partial(_top, dropout=dropout),
        variant=f"{alpha:g}" if published else "none",
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


def _body(x: Tensor, alpha: float, depth_multiplier: int) -> Tensor:
    x = _convolve(x, int(32 * alpha), 3, 2, "conv1")
    for number, (filters, stride) in enumerate(_BLOCKS, 1):
        if stride == 2:
            x = klayers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
        x = klayers.DepthwiseConv2D(
            3,
            stride,
            "valid" if stride == 2 else "same",
            depth_multiplier,
            use_bias=False,
            name=f"conv_dw_{number}",
        )(x)
        x = _limit(normalise(x, f"conv_dw_{number}_bn"), f"conv_dw_{number}_relu")
        x = _convolve(x, int(filters * alpha), 1, 1, f"conv_pw_{number}")
    return x


def _convolve(x: Tensor, filters: int, size: int, stride: int, name: str) -> Tensor:
    x = klayers.Conv2D(filters, size, stride, "same", use_bias=False, name=name)(x)
    return _limit(normalise(x, f"{name}_bn"), f"{name}_relu")


def _limit(x: Tensor, name: str) -> Tensor:
    return klayers.ReLU(6.0, name=name)(x)


def _top(x: Tensor, classes: int, activation: Any, dropout: float) -> Tensor:
    x = klayers.GlobalAveragePooling2D(keepdims=True, name="global_average_pooling2d")(x)
    x = klayers.Dropout(dropout, name="dropout")(x)
    x = klayers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
    x = klayers.Reshape((classes,), name="reshape_2")(x)
    return klayers.Activation(activation, name="predictions")(x)


named_function(MobileNet, _body, "MobileNet", "tf", 224)
