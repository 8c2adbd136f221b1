"""Operations on images: `ops.image.resize` and its kind."""

from __future__ import annotations

from typing import Any

from kcore import backend, config, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import array
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Shape, Tensor

__all__ = ["resize"]

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


def check_interpolation(interpolation: str, owner: str) -> str:
    """The interpolation in lower case.

    Raises:
        ConfigurationError: if it is not known.
    """
    lowered = str(interpolation).lower()
    if lowered not in INTERPOLATIONS:
        raise ConfigurationError(
            f"{owner}: interpolation must be one of {INTERPOLATIONS}; received {interpolation!r}."
        )
    return lowered


def _spatial_axes(shape: Shape, data_format: str | None) -> tuple[int, int]:
    """Where height and width are, counted from the end."""
    if len(shape) not in (3, 4):
        raise ShapeError(
            "ops.image.resize takes images of 3 axes (height, width, channels) or 4 with the "
            f"batch in front; received {shape}."
        )
    first = config.standardize_data_format(data_format) == "channels_first"
    return (-2, -1) if first else (-3, -2)


def _check_options(interpolation: str, crop: bool, pad: bool, fill_mode: str) -> None:
    check_interpolation(interpolation, "ops.image.resize")
    if crop and pad:
        raise ConfigurationError(
            "ops.image.resize: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other; "
            "received True for both."
        )
    if fill_mode != "constant":
        raise ConfigurationError(
            f"ops.image.resize: fill_mode must be 'constant'; received {fill_mode!r}."
        )


def _resized(
    images: Any,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> SymbolicTensor:
    """The shape with another height and width."""
    shape, dtype = rules.spec(images)
    _check_options(interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode)
    result = list(shape)
    for axis, length in zip(
        _spatial_axes(shape, data_format),
        shapes.as_tuple(size, 2, "ops.image.resize: size"),
        strict=True,
    ):
        result[axis] = length
    return rules.make(tuple(result), dtype)


@operation(_resized)
def resize(
    images: Tensor,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Images with another height and width.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        size: the new (height, width), one number for both.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: whether the filter widens when images shrink.
        crop_to_aspect_ratio: whether the middle is cut out in the new proportions first.
        pad_to_aspect_ratio: whether both ends get equal room for the new proportions first.
        fill_mode: how that room is filled, "constant" only.
        fill_value: the value in it.
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Returns:
        The images in their own dtype; whole numbers are rounded.

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the images have neither 3 nor 4 axes.

    Example:
        >>> resize([[[0.0], [1.0]]], (1, 4)).numpy().ravel().tolist()
        [0.0, 0.25, 0.75, 1.0]
    """
    _check_options(interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode)
    height, width = shapes.as_tuple(size, 2, "ops.image.resize: size")
    x = backend.tensor.convert(images)
    first = _spatial_axes(tuple(x.shape), data_format) == (-2, -1)
    if first:
        x = backend.math.transpose(x, _moved(x.ndim, -3, -1))
    if crop_to_aspect_ratio or pad_to_aspect_ratio:
        x = _with_proportions(x, (height, width), pad_to_aspect_ratio, fill_value)
    x = backend.image.resize(x, (height, width), interpolation.lower(), antialias)
    return backend.math.transpose(x, _moved(x.ndim, -1, -3)) if first else x


def _moved(rank: int, source: int, target: int) -> list[int]:
    """The order of axes in which one has moved elsewhere."""
    order = list(range(rank))
    order.insert(rank + target, order.pop(rank + source))
    return order


def _with_proportions(x: Tensor, target: tuple[int, ...], pad: bool, fill: float) -> Tensor:
    """The middle of images, or images with room around, in the target's proportions."""
    height, width = array.shape(x)[-3:-1]
    if not (isinstance(height, int) and isinstance(width, int)):
        raise ShapeError(
            "ops.image.resize needs a known height and width to keep the proportions; received "
            f"{tuple(rules.spec(x)[0])}. Give the model's Input these sizes."
        )
    fitted = width * target[0] // target[1], height * target[1] // target[0]
    if pad:
        extra = max(fitted[0] - height, 0), max(fitted[1] - width, 0)
        sides = [(e // 2, e // 2) for e in extra]
        lead = [(0, 0)] * (len(array.shape(x)) - 3)
        return backend.math.pad(x, [*lead, *sides, (0, 0)], "constant", fill)
    high, wide = (max(min(a, b), 1) for a, b in zip(fitted, (height, width), strict=True))
    top, left = (height - high) // 2, (width - wide) // 2
    return x[..., top : top + high, left : left + wide, :]
