"""ConvNeXt: a convolutional network with the habits of transformers.

Liu and others, A ConvNet for the 2020s, 2022.
"""

from __future__ import annotations

import functools
from typing import Any, Protocol

import klayers
from kapps import preprocessing
from kapps.application import Application
from kapps.blocks import Counter
from kapps.labels import decode_predictions
from kapps.layer_scale import LayerScale
from kapps.network import Network, build, named_function, pool
from kcore import Sequential
from kcore.graph.symbolic import SymbolicTensor
from kcore.typing import Tensor

__all__ = [
    "ConvNeXtBase",
    "ConvNeXtLarge",
    "ConvNeXtSmall",
    "ConvNeXtTiny",
    "ConvNeXtXLarge",
    "decode_predictions",
    "preprocess_input",
]

preprocess_input = preprocessing.for_mode("raw")

_EPSILON = 1e-6
_FIRST_SCALE = 1e-6


class _Create(Protocol):
    def __call__(
        self,
        include_top: bool = True,
        include_preprocessing: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        name: str | None = None,
    ) -> Application: ...


def _application(kind: str, blocks: tuple[int, ...], first: int) -> _Create:
    title, label = f"ConvNeXt{kind}", f"convnext_{kind.lower()}"

    def create(
        include_top: bool = True,
        include_preprocessing: bool = True,
        weights: Any = "imagenet",
        input_tensor: SymbolicTensor | None = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Any = "softmax",
        name: str | None = None,
    ) -> Application:
        prefix = name or label
        body = functools.partial(
            _body, blocks=blocks, first=first, name=prefix, scale=include_preprocessing
        )
        network = Network(
            title,
            label,
            body,
            224,
            32,
            "raw" if include_preprocessing else "torch",
            functools.partial(_top, name=prefix),
            _features,
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

    return named_function(
        create,
        _body,
        title,
        "raw",
        224,
        f"""ConvNeXt, size {kind.lower()} (Liu and others, 2022); channels last only.

    Args:
        include_top, weights, input_tensor, pooling, classes, classifier_activation: as for
            `ResNet50`.
        include_preprocessing: whether the model scales pixels of 0 to 255 itself.
        input_shape: of one image, at least 32 pixels high and wide; (224, 224, 3) if None,
            without the classifier (None, None, 3).
        name: of the model, and what the names of its layers begin with; "{label}" if None.

    Raises:
        ConfigurationError, ShapeError, LoadError: as for `ResNet50`.
    """,
    )


def _body(x: Tensor, blocks: tuple[int, ...], first: int, name: str, scale: bool) -> Tensor:
    count = Counter()
    if scale:
        mean = [255 * m for m in preprocessing.TORCH_MEAN]
        variance = [(255 * d) ** 2 for d in preprocessing.TORCH_DEVIATION]
        label = f"{name}_prestem_normalization"
        x = klayers.Normalization(-1, mean, variance, name=label)(x)
    stem = [
        klayers.Conv2D(first, 4, 4, name=f"{name}_stem_conv"),
        klayers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_stem_layernorm"),
    ]
    x = Sequential(stem, name=f"{name}_stem")(x)
    for stage, number in enumerate(blocks):
        width = first * 2**stage
        if stage:
            label, before = f"{name}_downsampling", stage - 1
            narrow = [
                klayers.LayerNormalization(epsilon=_EPSILON, name=f"{label}_layernorm_{before}"),
                klayers.Conv2D(width, 2, 2, name=f"{label}_conv_{before}"),
            ]
            x = Sequential(narrow, name=f"{label}_block_{before}")(x)
        for place in range(number):
            x = _block(x, width, f"{name}_stage_{stage}_block_{place}", count("add"))
    return x


def _block(x: Tensor, width: int, name: str, add: str) -> Tensor:
    start = x
    x = klayers.Conv2D(width, 7, padding="same", groups=width, name=f"{name}_depthwise_conv")(x)
    x = klayers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_layernorm")(x)
    x = klayers.Dense(4 * width, name=f"{name}_pointwise_conv_1")(x)
    x = klayers.Activation("gelu", name=f"{name}_gelu")(x)
    x = klayers.Dense(width, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(_FIRST_SCALE, width, name=f"{name}_layer_scale")(x)
    return klayers.Add(name=add)([start, x])


def _top(x: Tensor, classes: int, activation: Any, name: str) -> Tensor:
    x = klayers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
    x = klayers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_head_layernorm")(x)
    return klayers.Dense(classes, activation=activation, name=f"{name}_head_dense")(x)


def _features(x: Tensor, pooling: str | None) -> Tensor:
    return klayers.LayerNormalization(epsilon=_EPSILON, name="layer_normalization")(
        pool(x, pooling)
    )


ConvNeXtTiny = _application("Tiny", (3, 3, 9, 3), 96)
ConvNeXtSmall = _application("Small", (3, 3, 27, 3), 96)
ConvNeXtBase = _application("Base", (3, 3, 27, 3), 128)
ConvNeXtLarge = _application("Large", (3, 3, 27, 3), 192)
ConvNeXtXLarge = _application("XLarge", (3, 3, 27, 3), 256)
