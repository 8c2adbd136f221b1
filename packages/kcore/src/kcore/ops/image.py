"""Operations on images: `ops.image.resize` and its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import backend, config, shapes
from kcore.arguments import choice
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, linalg, math, reduction
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.ops.sampling import extract_patches, map_coordinates, pad_images
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

FILL_MODES = ("constant", "nearest", "reflect", "wrap")
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


def _spatial_axes(
    shape: Shape, data_format: str | None, owner: str = "ops.image.resize"
) -> tuple[int, int]:
    """Where height and width are, counted from the end."""
    if len(shape) not in (3, 4):
        raise ShapeError(
            f"{owner} takes images of 3 axes (height, width, channels) or 4 with the "
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


def _on_batch(
    images: Any, data_format: str | None, owner: str, function: Callable[[Tensor], Tensor]
) -> Tensor:
    """A function of (batch, height, width, channels), for any layout and with or without batch."""
    x = backend.tensor.convert(images)
    first = _spatial_axes(tuple(x.shape), data_format, owner) == (-2, -1)
    if first:
        x = backend.math.transpose(x, _moved(x.ndim, -3, -1))
    alone = x.ndim == 3
    x = function(x[None] if alone else x)
    x = x[0] if alone else x
    return backend.math.transpose(x, _moved(x.ndim, -1, -3)) if first else x


def _checked(images: Any, data_format: str | None, owner: str) -> SymbolicTensor:
    """The same shape, once it is that of images."""
    shape, dtype = rules.spec(images)
    _spatial_axes(shape, data_format, owner)
    return rules.make(shape, dtype)


def _transformed(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor:
    """The same shape."""
    return _checked(images, data_format, "ops.image.affine_transform")


@operation(_transformed)
def affine_transform(
    images: Tensor,
    transform: Tensor,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images sampled at other places, in one resampling.

    The pixel at column x and row y of the result comes from column (a0 x + a1 y + a2) / k and row
    (b0 x + b1 y + b2) / k, where k = c0 x + c1 y + 1.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        transform: (a0, a1, a2, b0, b1, b2, c0, c1), one for all or (batch, 8).
        interpolation: "nearest" or "bilinear".
        fill_mode: what lies outside: "constant", "nearest" (the edge), "reflect" (d c b a | a b c d
            | d c b a) or "wrap".
        fill_value: the value outside for "constant".
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Returns:
        The images in their own dtype.

    Raises:
        ConfigurationError: if an argument is unknown.
        ShapeError: if the images have neither 3 nor 4 axes.

    Example:
        >>> affine_transform([[[1.0], [2.0]]], [1.0, 0, 1, 0, 1, 0, 0, 0]).numpy().ravel().tolist()
        [2.0, 0.0]
    """
    owner = "ops.image.affine_transform"
    choice(interpolation, "interpolation", owner, ("nearest", "bilinear"))
    choice(fill_mode, "fill_mode", owner, FILL_MODES)

    def run(x: Tensor) -> Tensor:
        rows = backend.tensor.convert(transform, "float32")
        rows = rows[None] if rows.ndim == 1 else rows
        return backend.image.affine(x, rows, interpolation, fill_mode, fill_value)

    return _on_batch(images, data_format, owner, run)


def perspective_transform(
    images: Tensor,
    start_points: Tensor,
    end_points: Tensor,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images seen from another side: what is at the start points comes to the end points.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        start_points: (column, row) of four points of the images, no three of them on one line;
            (4, 2) for all or (batch, 4, 2).
        end_points: where these points come to, likewise.
        interpolation: "nearest" or "bilinear".
        fill_value: the value outside.
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Returns:
        The images in their own dtype.

    Raises:
        ConfigurationError: if an argument is unknown.
        ShapeError: if the points are not four pairs, or the images have neither 3 nor 4 axes.

    Example:
        >>> corners = [[0, 0], [1, 0], [0, 1], [1, 1]]
        >>> mirrored = [[1, 0], [0, 0], [1, 1], [0, 1]]
        >>> image = [[[1.0], [2.0]], [[3.0], [4.0]]]
        >>> perspective_transform(image, corners, mirrored, "nearest").numpy().ravel().tolist()
        [2.0, 1.0, 4.0, 3.0]
    """
    owner = "ops.image.perspective_transform"
    points = [backend.tensor.convert(p, "float32") for p in (start_points, end_points)]
    for name, value in zip(("start_points", "end_points"), points, strict=True):
        if value.ndim not in (2, 3) or tuple(value.shape[-2:]) != (4, 2):
            raise ShapeError(
                f"{owner}: {name} must be four points (column, row), (4, 2) or (batch, 4, 2); "
                f"received shape {tuple(value.shape)}."
            )
    return affine_transform(
        images, _homography(*points), interpolation, "constant", fill_value, data_format
    )


def _homography(start: Tensor, end: Tensor) -> Tensor:
    """The transform, as `affine_transform` takes it, that samples `start` at the places `end`.

    Each pair of points gives two linear equations in its eight numbers (Hartley and Zisserman,
    Multiple View Geometry, 2003, section 4.1, with the last number of the matrix fixed at 1).
    """
    start, end = start + arrays.zeros_like(end), end + arrays.zeros_like(start)
    x, y = (start[..., i : i + 1] for i in range(2))
    u, v = (end[..., i : i + 1] for i in range(2))
    one, zeros = arrays.ones_like(u), arrays.concatenate([arrays.zeros_like(u)] * 3, -1)
    place = arrays.concatenate([u, v, one], -1)
    by_column = arrays.concatenate([place, zeros, -u * x, -v * x], -1)
    by_row = arrays.concatenate([zeros, place, -u * y, -v * y], -1)
    found = linalg.solve(
        arrays.concatenate([by_column, by_row], -2), arrays.concatenate([x, y], -2)
    )
    return arrays.squeeze(found, -1)


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
    rows, columns = _spatial_axes(shape, data_format, owner)
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

    return _on_batch(images, data_format, "ops.image.crop_images", run)


def _colour(name: str) -> Callable[..., SymbolicTensor]:
    def rule(images: Any, data_format: str | None = None) -> SymbolicTensor:
        owner = f"ops.image.{name}"
        _check_colours(rules.spec(images)[0], data_format, owner)
        return _checked(images, data_format, owner)

    return rule


def _check_colours(shape: Shape, data_format: str | None, owner: str) -> None:
    axis = -3 if _spatial_axes(shape, data_format, owner) == (-2, -1) else -1
    if shape[axis] not in (3, None):
        raise ShapeError(f"{owner} takes images with 3 channels; received {tuple(shape)}.")


def _colours(images: Any, data_format: str | None, name: str, kernel: Any) -> Tensor:
    owner = f"ops.image.{name}"
    x = backend.tensor.convert(images)
    _check_colours(tuple(x.shape), data_format, owner)
    return _on_batch(x, data_format, owner, kernel)


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
    _check_colours(shape, data_format, "ops.image.rgb_to_grayscale")
    result = list(shape)
    result[-3 if config.standardize_data_format(data_format) == "channels_first" else -1] = 1
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
    return _checked(images, data_format, "ops.image.gaussian_blur")


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
    return _on_batch(
        images,
        data_format,
        "ops.image.gaussian_blur",
        lambda x: backend.image.filtered(x, kernel),
    )
