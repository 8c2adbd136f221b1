"""InceptionResNetV2: mixed windows that add to what they received.

Szegedy, Ioffe, Vanhoucke and Alemi, Inception-v4, Inception-ResNet and the Impact of Residual
Connections on Learning, 2017.
"""

from __future__ import annotations

import klayers
from kapps import preprocessing
from kapps.blocks import activate, channels
from kapps.inception import Windows
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")


def _body(x: Tensor) -> Tensor:
    w = Windows(scale=False)
    x = w.mixed_by_5(w.stem(x), 96, 64, "mixed_5b")
    for number in range(1, 11):
        parts = [
            w.conv(x, 32, 1),
            w.chain(x, (32, 1), (32, 3)),
            w.chain(x, (32, 1), (48, 3), (64, 3)),
        ]
        x = _residual(w, x, parts, 0.17, f"block35_{number}")
    x = w.join(
        [
            w.conv(x, 384, 3, 2, "valid"),
            w.chain(x, (256, 1), (256, 3), (384, 3, 2, "valid")),
            w.pool(x),
        ],
        "mixed_6a",
    )
    for number in range(1, 21):
        parts = [w.conv(x, 192, 1), w.chain(x, (128, 1), (160, (1, 7)), (192, (7, 1)))]
        x = _residual(w, x, parts, 0.1, f"block17_{number}")
    x = w.join(
        [
            w.chain(x, (256, 1), (384, 3, 2, "valid")),
            w.chain(x, (256, 1), (288, 3, 2, "valid")),
            w.chain(x, (256, 1), (288, 3), (320, 3, 2, "valid")),
            w.pool(x),
        ],
        "mixed_7a",
    )
    for number in range(1, 11):
        parts = [w.conv(x, 192, 1), w.chain(x, (192, 1), (224, (1, 3)), (256, (3, 1)))]
        scale, active = (0.2, True) if number < 10 else (1.0, False)
        x = _residual(w, x, parts, scale, f"block8_{number}", active)
    return w.conv(x, 1536, 1, name="conv_7b")


def _residual(
    w: Windows, x: Tensor, parts: list[Tensor], scale: float, name: str, active: bool = True
) -> Tensor:
    """Adds a share of what the windows saw to what came in."""
    seen = w.join(parts, f"{name}_mixed")
    seen = klayers.Conv2D(channels(x), 1, padding="same", name=f"{name}_conv")(seen)
    seen = klayers.Rescaling(scale, name=f"{name}_scale")(seen)
    x = klayers.Add(name=f"{name}_add")([x, seen])
    return activate(x, f"{name}_ac") if active else x


InceptionResNetV2 = application(
    Network("InceptionResNetV2", "inception_resnet_v2", _body, 299, 75, "tf"),
    "The network of mixed windows with short cuts (Szegedy and others, 2017).",
)
