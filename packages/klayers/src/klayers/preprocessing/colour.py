"""Changes of colour of float images (batch, height, width, channels)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore import backend, ops
from kcore.typing import Tensor

_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], "float32") / 13


def brighter(x: Tensor, share: Any, low: float, high: float) -> Tensor:
    """The images plus a share of the range of values."""
    return ops.clip(x + share * (high - low), low, high)


def contrasted(x: Tensor, factor: Any, low: float, high: float) -> Tensor:
    """(x - mean) * factor + mean, with the mean of each channel of each image."""
    mean = ops.mean(x, (1, 2), keepdims=True)
    return ops.clip((x - mean) * factor + mean, low, high)


def grey(x: Tensor) -> Tensor:
    """The brightness of the images, in as many channels as they have."""
    if x.shape[-1] == 1:
        return x
    shade = ops.image.rgb_to_grayscale(x, "channels_last")
    return ops.repeat(shade, x.shape[-1], -1)


def blended(x: Tensor, other: Tensor, share: Any, low: float, high: float) -> Tensor:
    """The images with a share of others: x + share * (other - x)."""
    return ops.clip(x + share * (other - x), low, high)


def sharpened(x: Tensor, factor: Any, low: float, high: float) -> Tensor:
    """Between smoothed images (0), the images (0.5) and the reverse of smoothed ones (1)."""
    smooth = backend.image.filtered(x, backend.tensor.convert(_SMOOTH))
    return blended(smooth, x, 2.0 * factor, low, high)


def with_hue(x: Tensor, shift: Any, low: float, high: float) -> Tensor:
    """Hues turned by a share of the colour circle."""
    hue, saturation, value = ops.split(_hsv(x, low, high), 3, -1)
    turned = ops.mod(hue + shift, 1.0)
    return _rgb([turned, saturation, value], low, high)


def with_saturation(x: Tensor, factor: Any, low: float, high: float) -> Tensor:
    """Saturations times a factor, at most 1."""
    hue, saturation, value = ops.split(_hsv(x, low, high), 3, -1)
    return _rgb([hue, ops.clip(saturation * factor, 0.0, 1.0), value], low, high)


def _hsv(x: Tensor, low: float, high: float) -> Tensor:
    share = ops.clip((x - low) / (high - low), 0.0, 1.0)
    return ops.image.rgb_to_hsv(share, "channels_last")


def _rgb(parts: list[Tensor], low: float, high: float) -> Tensor:
    share = ops.image.hsv_to_rgb(ops.concatenate(parts, -1), "channels_last")
    return share * (high - low) + low


def posterized(x: Tensor, bits: Any, low: float, high: float) -> Tensor:
    """The images with so many bits a channel: 256 levels, the lower bits dropped."""
    level = ops.floor(ops.clip((x - low) / (high - low), 0.0, 1.0) * 255.0 + 1e-3)
    step = ops.power(2.0, 8.0 - ops.cast(bits, x.dtype.name))
    return ops.floor(level / step) * step / 255.0 * (high - low) + low


def solarized(x: Tensor, addition: Any, threshold: Any, low: float, high: float) -> Tensor:
    """The images plus a number; from the threshold on, low + high minus that."""
    added = ops.clip(x + addition, low, high)
    return ops.where(added < threshold, added, low + high - added)


def stretched(x: Tensor, low: float, high: float) -> Tensor:
    """Each channel of each image spread over the range; one of a single value stays."""
    least, most = ops.min(x, (1, 2), keepdims=True), ops.max(x, (1, 2), keepdims=True)
    flat = ops.equal(least, most)
    span = ops.where(flat, ops.ones_like(most), most - least)
    return ops.where(flat, x, (x - least) / span * (high - low) + low)


def equalized(x: Tensor, bins: int, low: float, high: float) -> Tensor:
    """Each channel of each image with its levels spread evenly."""
    shape = ops.shape(x)
    share = ops.clip((x - low) / (high - low), 0.0, 1.0)
    level = ops.round(share * (bins - 1))
    flat = ops.reshape(level, (shape[0], -1, shape[3]))
    found = ops.reshape(backend.image.equalized(flat, bins), shape)
    return ops.cast(found, x.dtype.name) / (bins - 1) * (high - low) + low
