"""InceptionV3: windows of several sizes beside each other.

Szegedy and others, Rethinking the Inception Architecture for Computer Vision, 2016.
"""

from __future__ import annotations

from typing import Any

from kapps import preprocessing
from kapps.inception import Windows
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")


def _body(x: Tensor) -> Tensor:
    w = Windows(scale=False)
    x = w.stem(x)
    for number, pooled in enumerate((32, 64, 64)):
        x = w.mixed_by_5(x, 64, pooled, f"mixed{number}")
    x = w.join(
        [
            w.conv(x, 384, 3, 2, "valid"),
            w.chain(x, (64, 1), (96, 3), (96, 3, 2, "valid")),
            w.pool(x, 2),
        ],
        "mixed3",
    )
    for number, filters in ((4, 128), (5, 160), (6, 160), (7, 192)):
        x = _by_7(w, x, filters, f"mixed{number}")
    x = w.join(
        [
            w.chain(x, (192, 1), (320, 3, 2, "valid")),
            w.chain(x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, "valid")),
            w.pool(x, 2),
        ],
        "mixed8",
    )
    for number in (9, 10):
        x = _wide(w, x, f"mixed{number}", f"mixed9_{number - 9}")
    return x


def _by_7(w: Windows, x: Tensor, filters: int, name: str) -> Tensor:
    tall: Any = (7, 1)
    wide: Any = (1, 7)
    parts = [
        w.conv(x, 192, 1),
        w.chain(x, (filters, 1), (filters, wide), (192, tall)),
        w.chain(x, (filters, 1), (filters, tall), (filters, wide), (filters, tall), (192, wide)),
        w.conv(w.average(x), 192, 1),
    ]
    return w.join(parts, name)


def _wide(w: Windows, x: Tensor, name: str, inner: str) -> Tensor:
    """Branches that split once more into a wide and a tall window."""
    one = w.conv(x, 320, 1)
    two = w.conv(x, 384, 1)
    two = w.join([w.conv(two, 384, (1, 3)), w.conv(two, 384, (3, 1))], inner)
    three = w.chain(x, (448, 1), (384, 3))
    three = w.join([w.conv(three, 384, (1, 3)), w.conv(three, 384, (3, 1))], w.count("concatenate"))
    four = w.conv(w.average(x), 192, 1)
    return w.join([one, two, three, four], name)


InceptionV3 = application(
    Network("InceptionV3", "inception_v3", _body, 299, 75, "tf"),
    "The network of mixed windows, third version (Szegedy and others, 2016).",
)
