"""VGG: small windows, one behind the other.

Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import klayers
from kapps import preprocessing
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["VGG16", "VGG19", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("caffe")

_WIDTHS = (64, 128, 256, 512, 512)


def _body(*convolutions: int) -> Callable[[Tensor], Tensor]:
    """Five stages with so many convolutions, a pooling behind each."""

    def body(x: Tensor) -> Tensor:
        for stage, (count, filters) in enumerate(zip(convolutions, _WIDTHS, strict=True), 1):
            for number in range(1, count + 1):
                name = f"block{stage}_conv{number}"
                x = klayers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
            x = klayers.MaxPooling2D(2, name=f"block{stage}_pool")(x)
        return x

    return body


def _top(x: Tensor, classes: int, activation: Any) -> Tensor:
    x = klayers.Flatten(name="flatten")(x)
    x = klayers.Dense(4096, activation="relu", name="fc1")(x)
    x = klayers.Dense(4096, activation="relu", name="fc2")(x)
    return klayers.Dense(classes, activation=activation, name="predictions")(x)


def _network(title: str, *convolutions: int) -> Network:
    body = _body(*convolutions)
    return Network(title, title.lower(), body, 224, 32, "caffe", _top, fixed_size=True)


VGG16 = application(
    _network("VGG16", 2, 2, 3, 3, 3), "The network with 16 layers (Simonyan and Zisserman, 2015)."
)
VGG19 = application(
    _network("VGG19", 2, 2, 4, 4, 4), "The network with 19 layers (Simonyan and Zisserman, 2015)."
)
