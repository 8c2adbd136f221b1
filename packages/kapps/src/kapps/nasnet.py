"""NASNet: two kinds of cells found by search, put one behind the other.

Zoph, Vasudevan, Shlens and Le, Learning Transferable Architectures for Scalable Image Recognition,
2018.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import klayers
from kapps import preprocessing
from kapps.blocks import Counter, activate, channels, join, normalise, pad_for_stride
from kapps.labels import decode_predictions
from kapps.network import Network, application
from kcore.typing import Tensor

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing.for_mode("tf")


@dataclass(frozen=True)
class _Maps:
    """Images and how often their size was halved."""

    tensor: Tensor
    halvings: int


def _body(x: Tensor, stem: int, cells: int, filters: int, keep_previous: bool) -> Tensor:
    maker = _Maker()
    x = klayers.Conv2D(
        stem, 3, 2, use_bias=False, name="stem_conv1", kernel_initializer="he_normal"
    )(x)
    now = before = _Maps(_normalise(x, "stem_bn1"), 0)
    now, before = maker.narrow(now, None, filters // 4, "stem_1"), now
    now, before = maker.narrow(now, before, filters // 2, "stem_2"), now
    for stage in range(3):
        if stage:
            width, name = filters * 2**stage, f"reduce_{stage * cells}"
            narrowed = maker.narrow(now, before, width, name)
            now, before = narrowed, before if keep_previous else now
        for place in range(cells):
            number = stage * cells + place + (stage > 0)
            now, before = maker.look(now, before, filters * 2**stage, str(number)), now
    return activate(now.tensor, maker.count("activation"))


class _Maker:
    """Makes the cells of one network and numbers the layers that have no name of their own."""

    def __init__(self) -> None:
        self.count = Counter()

    def look(self, now: _Maps, before: _Maps, filters: int, name: str) -> _Maps:
        """A cell that keeps the size."""
        p = self.adjust(before, now, filters, name)
        h = self.prepare(now.tensor, filters, f"normal_conv_1_{name}", f"normal_bn_1_{name}")
        parts = [p]
        pairs = (
            (self.separable(h, filters, 5, f"normal_left1_{name}"),
             self.separable(p, filters, 3, f"normal_right1_{name}")),
            (self.separable(p, filters, 5, f"normal_left2_{name}"),
             self.separable(p, filters, 3, f"normal_right2_{name}")),
            (_mean(h, f"normal_left3_{name}"), p),
            (_mean(p, f"normal_left4_{name}"), _mean(p, f"normal_right4_{name}")),
            (self.separable(h, filters, 3, f"normal_left5_{name}"), h),
        )  # fmt: skip
        for number, pair in enumerate(pairs, 1):
            parts.append(klayers.Add(name=f"normal_add_{number}_{name}")(list(pair)))
        return _Maps(join(parts, f"normal_concat_{name}"), now.halvings)

    def narrow(self, now: _Maps, before: _Maps | None, filters: int, name: str) -> _Maps:
        """A cell that halves the size."""
        p = now.tensor if before is None else self.adjust(before, now, filters, name)
        h = self.prepare(now.tensor, filters, f"reduction_conv_1_{name}", f"reduction_bn_1_{name}")
        padded = pad_for_stride(h, 3, f"reduction_pad_1_{name}")
        one = _add(
            f"reduction_add_1_{name}",
            self.separable(h, filters, 5, f"reduction_left1_{name}", 2),
            self.separable(p, filters, 7, f"reduction_right1_{name}", 2),
        )
        two = _add(
            f"reduction_add_2_{name}",
            klayers.MaxPooling2D(3, 2, name=f"reduction_left2_{name}")(padded),
            self.separable(p, filters, 7, f"reduction_right2_{name}", 2),
        )
        three = _add(
            f"reduction_add3_{name}",
            klayers.AveragePooling2D(3, 2, name=f"reduction_left3_{name}")(padded),
            self.separable(p, filters, 5, f"reduction_right3_{name}", 2),
        )
        four = _add(self.count("add"), two, _mean(one, f"reduction_left4_{name}"))
        five = _add(
            f"reduction_add4_{name}",
            self.separable(one, filters, 3, f"reduction_left4_{name}"),
            klayers.MaxPooling2D(3, 2, name=f"reduction_right5_{name}")(padded),
        )
        joined = join([two, three, four, five], f"reduction_concat_{name}")
        return _Maps(joined, now.halvings + 1)

    def adjust(self, before: _Maps, now: _Maps, filters: int, name: str) -> Tensor:
        """What the cell before the last made, in the size of the last and with so many channels."""
        p = before.tensor
        if before.halvings < now.halvings:
            p = activate(p, f"adjust_relu_1_{name}")
            moved = klayers.ZeroPadding2D(((0, 1), (0, 1)), name=self.count("zero_padding2d"))(p)
            moved = klayers.Cropping2D(((1, 0), (1, 0)), name=self.count("cropping2d"))(moved)
            halves = []
            for number, maps in ((1, p), (2, moved)):
                thin = klayers.AveragePooling2D(1, 2, name=f"adjust_avg_pool_{number}_{name}")(maps)
                halves.append(_conv(thin, filters // 2, f"adjust_conv_{number}_{name}"))
            return _normalise(join(halves, self.count("concatenate")), f"adjust_bn_{name}")
        if channels(p) != filters:
            p = activate(p, self.count("activation"))
            p = _normalise(_conv(p, filters, f"adjust_conv_projection_{name}"), f"adjust_bn_{name}")
        return p

    def prepare(self, x: Tensor, filters: int, conv: str, bn: str) -> Tensor:
        x = activate(x, self.count("activation"))
        return _normalise(_conv(x, filters, conv), bn)

    def separable(self, x: Tensor, filters: int, size: int, name: str, stride: int = 1) -> Tensor:
        """Two separable convolutions, the first with the stride."""
        for number, step in ((1, stride), (2, 1)):
            x = activate(x, self.count("activation"))
            if step == 2:
                x = pad_for_stride(x, size, f"separable_conv_1_pad_{name}")
            x = klayers.SeparableConv2D(
                filters,
                size,
                step,
                "valid" if step == 2 else "same",
                use_bias=False,
                name=f"separable_conv_{number}_{name}",
            )(x)
            x = _normalise(x, f"separable_conv_{number}_bn_{name}")
        return x


def _add(name: str, *parts: Tensor) -> Tensor:
    return klayers.Add(name=name)(list(parts))


def _mean(x: Tensor, name: str) -> Tensor:
    return klayers.AveragePooling2D(3, 1, "same", name=name)(x)


def _conv(x: Tensor, filters: int, name: str) -> Tensor:
    return klayers.Conv2D(
        filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)


def _normalise(x: Tensor, name: str) -> Tensor:
    return normalise(x, name, momentum=0.9997)


def _top(x: Tensor, classes: int, activation: Any) -> Tensor:
    x = klayers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    return klayers.Dense(classes, activation=activation, name="predictions")(x)


def _network(kind: str, size: int, **numbers: Any) -> Network:
    body = functools.partial(_body, **numbers)
    name = f"nasnet_{kind.lower()}"
    # its zeros around images depend on the size, which is best known
    return Network(f"NASNet{kind}", name, body, size, 32, "tf", _top, known_size=True)


NASNetMobile = application(
    _network("Mobile", 224, stem=32, cells=4, filters=44, keep_previous=False),
    "The network found by search, for small devices (Zoph and others, 2018).",
)
NASNetLarge = application(
    _network("Large", 331, stem=96, cells=6, filters=168, keep_previous=True),
    "The network found by search, large (Zoph and others, 2018).",
)
