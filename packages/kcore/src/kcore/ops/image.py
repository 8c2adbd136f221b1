"""Operations on images: `ops.image.resize` and its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import backend, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, math, reduction
from kcore.ops import shape_rules as rules
from kcore.ops.image_layout import checked, image_axes, on_batch, with_channels_last
from kcore.ops.operation import operation
from kcore.ops.sampling import extract_patches, map_coordinates, pad_images
from kcore.ops.warping import affine_transform, perspective_transform
from kcore.typing import Shape, Tensor

__all__ = [
    "affine_transform",
    "crop_images",
    "extract_patches",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
]

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
        image_axes(shape, data_format, "ops.image.resize")[:2],
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

    def run(x: Tensor) -> Tensor:
        if crop_to_aspect_ratio or pad_to_aspect_ratio:
            x = _with_proportions(x, (height, width), pad_to_aspect_ratio, fill_value)
        return backend.image.resize(x, (height, width), interpolation.lower(), antialias)

    return with_channels_last(x, data_format, "ops.image.resize", run)


def _with_proportions(x: Tensor, target: tuple[int, ...], pad: bool, fill: float) -> Tensor:
    """The middle of images, or images with room around, in the target's proportions."""
    height, width = arrays.shape(x)[-3:-1]
    if not (isinstance(height, int) and isinstance(width, int)):
        raise ShapeError(
            "ops.image.resize needs a known height and width to keep the proportions; received "
            f"{tuple(rules.spec(x)[0])}. Give the model's Input these sizes."
        )
    fitted = width * target[0] // target[1], height * target[1] // target[0]
    if pad:
        extra = max(fitted[0] - height, 0), max(fitted[1] - width, 0)
        sides = [(e // 2, e // 2) for e in extra]
        lead = [(0, 0)] * (len(arrays.shape(x)) - 3)
        return backend.math.pad(x, [*lead, *sides, (0, 0)], "constant", fill)
    high, wide = (max(min(a, b), 1) for a, b in zip(fitted, (height, width), strict=True))
    top, left = (height - high) // 2, (width - wide) // 2
    return x[..., top : top + high, left : left + wide, :]


def _cropped(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> SymbolicTensor:
    """The shape with another height and width."""
    owner = "ops.image.crop_images"
    shape, dtype = rules.spec(images)
    result = list(shape)
    rows, columns, _ = image_axes(shape, data_format, owner)
    result[rows] = _cut(shape[rows], top_cropping, bottom_cropping, target_height, "height")[1]
    result[columns] = _cut(shape[columns], left_cropping, right_cropping, target_width, "width")[1]
    return rules.make(tuple(result), dtype)


def _cut(
    size: Any, before: int | None, after: int | None, target: int | None, name: str
) -> tuple[Any, Any]:
    """Where a cut along one axis begins, and what is left of it."""
    if [before, after, target].count(None) != 1:
        raise ConfigurationError(
            "ops.image.crop_images needs two of the cropping before, the cropping after and the "
            f"target for the {name}; received {before!r}, {after!r} and {target!r}."
        )
    if target is None:
        target = None if size is None else size - before - after
    elif before is None:
        before = None if size is None else size - after - target
    if isinstance(size, int) and (before < 0 or target <= 0 or before + target > size):  # type: ignore[operator]
        raise ShapeError(
            f"ops.image.crop_images: a {name} of {size} has no part of size {target} that begins "
            f"at {before}. Crop less, or take larger images."
        )
    return before, target


@operation(_cropped)
def crop_images(
    images: Tensor,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """A part of images. For each axis give two of: cut before, cut after, what is left.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        top_cropping: rows to cut at the top.
        left_cropping: columns to cut at the left.
        bottom_cropping: rows to cut at the bottom.
        right_cropping: columns to cut at the right.
        target_height: rows that are left.
        target_width: columns that are left.
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Raises:
        ConfigurationError: if not two of three are given.
        ShapeError: if the images are too small.

    Example:
        >>> crop_images([[[1.0], [2.0]]], 0, 1, target_height=1, target_width=1).numpy().tolist()
        [[[2.0]]]
    """

    def run(x: Tensor) -> Tensor:
        high, wide = arrays.shape(x)[1:3]
        top, rows = _cut(high, top_cropping, bottom_cropping, target_height, "height")
        left, columns = _cut(wide, left_cropping, right_cropping, target_width, "width")
        return x[:, top : top + rows, left : left + columns]

    return on_batch(images, data_format, "ops.image.crop_images", run)


def _colour(name: str) -> Callable[..., SymbolicTensor]:
    def rule(images: Any, data_format: str | None = None) -> SymbolicTensor:
        owner = f"ops.image.{name}"
        _check_colours(rules.spec(images)[0], data_format, owner)
        return checked(images, data_format, owner)

    return rule


def _check_colours(shape: Shape, data_format: str | None, owner: str) -> None:
    if shape[image_axes(shape, data_format, owner)[2]] not in (3, None):
        raise ShapeError(f"{owner} takes images with 3 channels; received {tuple(shape)}.")


def _colours(images: Any, data_format: str | None, name: str, kernel: Any) -> Tensor:
    owner = f"ops.image.{name}"
    x = backend.tensor.convert(images)
    _check_colours(tuple(x.shape), data_format, owner)
    return on_batch(x, data_format, owner, kernel)


@operation(_colour("rgb_to_hsv"))
def rgb_to_hsv(images: Tensor, data_format: str | None = None) -> Tensor:
    """Hue, saturation and value of red, green and blue, all from 0 to 1."""
    return _colours(images, data_format, "rgb_to_hsv", backend.image.rgb_to_hsv)


@operation(_colour("hsv_to_rgb"))
def hsv_to_rgb(images: Tensor, data_format: str | None = None) -> Tensor:
    """Red, green and blue of hue, saturation and value, all from 0 to 1."""
    return _colours(images, data_format, "hsv_to_rgb", backend.image.hsv_to_rgb)


def _grey(images: Any, data_format: str | None = None) -> SymbolicTensor:
    """One channel."""
    shape, dtype = rules.spec(images)
    owner = "ops.image.rgb_to_grayscale"
    _check_colours(shape, data_format, owner)
    result = list(shape)
    result[image_axes(shape, data_format, owner)[2]] = 1
    return rules.make(tuple(result), dtype)


@operation(_grey)
def rgb_to_grayscale(images: Tensor, data_format: str | None = None) -> Tensor:
    """0.2989 red + 0.587 green + 0.114 blue (ITU-R BT.601), as one channel."""

    def run(x: Tensor) -> Tensor:
        real = backend.tensor.cast(x, "float64" if x.dtype.name == "float64" else "float32")
        grey = 0.2989 * real[..., :1] + 0.587 * real[..., 1:2] + 0.114 * real[..., 2:3]
        return backend.image.fitted(grey, x.dtype.name)

    return _colours(images, data_format, "rgb_to_grayscale", run)


def _blurred(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> SymbolicTensor:
    """The same shape."""
    return checked(images, data_format, "ops.image.gaussian_blur")


@operation(_blurred)
def gaussian_blur(
    images: Tensor,
    kernel_size: Any = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: str | None = None,
) -> Tensor:
    """Images convolved with exp(-y^2 / 2 sigma_y^2 - x^2 / 2 sigma_x^2), scaled to the sum 1.

    Outside of the images are zeros.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        kernel_size: (rows, columns) of the kernel.
        sigma: standard deviation along both, in pixels; a number for both.
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Example:
        >>> (gaussian_blur([[[0.0], [1.0], [0.0]]], (1, 3)).numpy() * 1000).round().ravel().tolist()
        [274.0, 452.0, 274.0]
    """
    sizes = shapes.as_tuple(kernel_size, 2, "ops.image.gaussian_blur: kernel_size")
    widths = backend.tensor.convert(sigma, "float32")
    parts = [widths, widths] if widths.ndim == 0 else [widths[0], widths[1]]

    def line(size: int, width: Tensor) -> Tensor:
        places = np.arange(size, dtype="float32") - (size - 1) / 2
        weights = math.exp(-math.square(places / math.maximum(width, 1e-6)) / 2)
        return weights / reduction.sum(weights)

    rows, columns = (line(n, w) for n, w in zip(sizes, parts, strict=True))
    kernel = rows[:, None] * columns[None, :]
    return on_batch(
        images,
        data_format,
        "ops.image.gaussian_blur",
        lambda x: backend.image.filtered(x, kernel),
    )
