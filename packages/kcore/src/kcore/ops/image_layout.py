"""Where the axes of images are, and functions of a batch with the channels last for any layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore import backend, config
from kcore.errors import ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import shape_rules as rules
from kcore.typing import Shape, Tensor


def image_axes(shape: Shape, data_format: str | None, owner: str) -> tuple[int, int, int]:
    """The axes of rows, columns and channels, counted from the end.

    Raises:
        ShapeError: if the images have neither 3 nor 4 axes.
    """
    if len(shape) not in (3, 4):
        raise ShapeError(
            f"{owner} takes images of 3 axes (height, width, channels) or 4 with the batch in "
            f"front; received {shape}."
        )
    first = config.standardize_data_format(data_format) == "channels_first"
    return (-2, -1, -3) if first else (-3, -2, -1)


def with_channels_last(
    x: Tensor, data_format: str | None, owner: str, function: Callable[[Tensor], Tensor]
) -> Tensor:
    """A function of (..., height, width, channels), for any layout."""
    if image_axes(tuple(x.shape), data_format, owner)[2] == -1:
        return function(x)
    x = function(backend.math.transpose(x, _moved(x.ndim, -3, -1)))
    return backend.math.transpose(x, _moved(x.ndim, -1, -3))


def on_batch(
    images: Any, data_format: str | None, owner: str, function: Callable[[Tensor], Tensor]
) -> Tensor:
    """A function of (batch, height, width, channels), for any layout and with or without batch."""

    def run(x: Tensor) -> Tensor:
        return function(x[None])[0] if x.ndim == 3 else function(x)

    return with_channels_last(backend.tensor.convert(images), data_format, owner, run)


def checked(images: Any, data_format: str | None, owner: str) -> SymbolicTensor:
    """The same shape, once it is that of images."""
    shape, dtype = rules.spec(images)
    image_axes(shape, data_format, owner)
    return rules.make(shape, dtype)


def _moved(rank: int, source: int, target: int) -> list[int]:
    """The order of axes in which one has moved elsewhere."""
    order = list(range(rank))
    order.insert(rank + target, order.pop(rank + source))
    return order
