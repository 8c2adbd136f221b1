"""Geometric and colour changes of one image, given or random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .resample import Array, resample

__all__ = [
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
]


def affine_matrix(
    theta: float, tx: float, ty: float, shear: float, zx: float, zy: float
) -> npt.NDArray[np.float64]:
    """Rotation, shift, shear and zoom (in this order, seen from the result) as one 3x3 matrix.

    Args:
        theta: Degrees.
        tx: Columns.
        ty: Rows.
        shear: Degrees.
        zx: Factor of the columns.
        zy: Factor of the rows.

    Returns:
        The matrix for (column, row, 1).

    Example:
        >>> affine_matrix(0, 2, 0, 0, 1, 1)[0].tolist()
        [1.0, 0.0, 2.0]
    """
    angle, slant = np.deg2rad(theta), np.deg2rad(shear)
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shift = np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    shearing = np.array([[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]])
    product: npt.NDArray[np.float64] = rotation @ shift @ shearing @ np.diag([zx, zy, 1.0])
    return product


def apply_affine_transform(
    x: Array,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Array:
    """Rotate, shift, shear and zoom an image about its middle, in one resampling.

    The pixels are those of Keras for the same arguments. So is a peculiarity: for an image that is
    not square, Keras takes half the height as the middle column and half the width as the middle
    row.

    Args:
        x: The image.
        theta: Rotation in degrees. Default 0.
        tx: Shift in columns. Default 0.
        ty: Shift in rows. Default 0.
        shear: Shear in degrees. Default 0.
        zx: Zoom of the columns; below 1 enlarges. Default 1.
        zy: Zoom of the rows. Default 1.
        row_axis: Axis of the rows. Default 1.
        col_axis: Axis of the columns. Default 2.
        channel_axis: Axis of the channels. Default 0.
        fill_mode: What lies outside: 'nearest' (default), 'reflect', 'wrap' or 'constant'.
        cval: The number outside for 'constant'. Default 0.
        order: 1 (default) for linear interpolation, 0 for the nearest pixel, 2 to 5 for splines,
            which need scipy.

    Shapes:
        x: three axes, in the order that the axis arguments say; the result likewise.

    Returns:
        A new array, or `x` itself if nothing changes.

    Raises:
        TypeError: If `x` does not hold numbers.
        ValueError: If `x` has other axes, or `fill_mode` or `order` is another one.

    Example:
        >>> image = np.arange(4.0).reshape(1, 2, 2)
        >>> apply_affine_transform(image, ty=1, order=0)[0].tolist()
        [[2.0, 3.0], [2.0, 3.0]]
    """
    x = _pixels(x, "apply_affine_transform")
    axes = [axis % 3 for axis in (row_axis, col_axis, channel_axis)]
    if x.ndim != 3 or sorted(axes) != [0, 1, 2]:
        raise ValueError(
            "apply_affine_transform: x must have the axes row, column and channel; got the shape "
            f"{x.shape} and the axes {row_axis}, {col_axis}, {channel_axis}."
        )
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    image = x.transpose(axes)
    matrix = affine_matrix(theta, tx, ty, shear, zx, zy)
    # From (column, row) to (row, column). The middle lies between the pixels if the size is even;
    # that its two numbers are exchanged is the peculiarity named above.
    linear = matrix[1::-1, 1::-1]
    middle = np.array(image.shape[1::-1]) / 2 - 0.5
    offset = matrix[1::-1, 2] + middle - linear @ middle
    result = resample(image, linear, offset, order=order, fill_mode=fill_mode, cval=cval)
    restored: Array = result.transpose([axes.index(axis) for axis in range(3)])
    return restored


def _pixels(x: npt.ArrayLike, caller: str) -> Array:
    """The image as an array of numbers."""
    pixels = np.asarray(x)
    if pixels.dtype.kind not in "biuf":
        raise TypeError(
            f"{caller}: x must be an image as an array of numbers; got a {type(x).__name__} of "
            f"dtype {pixels.dtype}."
        )
    return pixels


def apply_channel_shift(x: Array, intensity: float, channel_axis: int = 0) -> Array:
    """Add a number to every channel, cut to the range that the image has.

    Args:
        x: The image.
        intensity: The number, in the units of the image.
        channel_axis: Axis of the channels; they are all treated alike. Default 0.

    Returns:
        A new array.

    Example:
        >>> apply_channel_shift(np.array([[[0.0, 5.0]]]), 2).tolist()
        [[[2.0, 5.0]]]
    """
    x = _pixels(x, "apply_channel_shift")
    shifted: Array = np.clip(x + intensity, x.min(), x.max())
    return shifted


def apply_brightness_shift(x: Array, brightness: float, scale: bool = True) -> Array:
    """Multiply the brightness of an image of levels 0 to 255.

    Args:
        x: The image.
        brightness: Factor, at least 0; 0 is black, 1 the image.
        scale: Whether to stretch the values to 0 to 255 first (default).

    Returns:
        A new float array of whole levels from 0 to 255.

    Raises:
        TypeError: If `x` does not hold numbers.
        ValueError: If `brightness` is negative.

    Example:
        >>> apply_brightness_shift(np.array([[[10.0], [200.0]]]), 1.5, scale=False).ravel().tolist()
        [15.0, 255.0]
    """
    if brightness < 0:
        raise ValueError(
            f"apply_brightness_shift: brightness must be at least 0; got {brightness}."
        )
    levels = _pixels(x, "apply_brightness_shift").astype(np.float32)
    if scale and levels.size:
        levels = levels - levels.min()
        peak = levels.max()
        levels = levels * (255 / peak) if peak else levels
    levels = np.floor(np.clip(levels, 0, 255))
    shifted: Array = np.floor(np.clip(levels * np.float32(brightness), 0, 255))
    return shifted


def random_rotation(
    x: Array,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    seed: int | None = None,
) -> Array:
    """Rotate by a random angle.

    Args:
        x: The image.
        rg: Largest angle in degrees.
        row_axis: As in `apply_affine_transform`, like all further ones.
        col_axis: Axis of the columns.
        channel_axis: Axis of the channels.
        fill_mode: What lies outside.
        cval: The number outside for 'constant'.
        interpolation_order: 0 to 5.
        seed: Seed; None (default) draws anew.

    Returns:
        A new array.

    Example:
        >>> random_rotation(np.ones((1, 4, 4)), 30, seed=1).shape
        (1, 4, 4)
    """
    theta = np.random.RandomState(seed).uniform(-rg, rg)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, theta, 0, 0, 0, 1, 1, *axes, fill_mode, cval, interpolation_order
    )


def random_shift(
    x: Array,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    seed: int | None = None,
) -> Array:
    """Shift by a random distance.

    Args:
        x: The image.
        wrg: Largest shift as a share of the width.
        hrg: Largest shift as a share of the height.
        row_axis: As in `apply_affine_transform`, like all further ones.
        col_axis: Axis of the columns.
        channel_axis: Axis of the channels.
        fill_mode: What lies outside.
        cval: The number outside for 'constant'.
        interpolation_order: 0 to 5.
        seed: Seed; None (default) draws anew.

    Returns:
        A new array.

    Example:
        >>> random_shift(np.ones((1, 4, 4)), 0.5, 0.5, seed=1).shape
        (1, 4, 4)
    """
    draw = np.random.RandomState(seed)
    x = _pixels(x, "random_shift")
    ty = draw.uniform(-hrg, hrg) * x.shape[row_axis]
    tx = draw.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, 0, tx, ty, 0, 1, 1, *axes, fill_mode, cval, interpolation_order
    )


def random_shear(
    x: Array,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    seed: int | None = None,
) -> Array:
    """Shear by a random angle.

    Args:
        x: The image.
        intensity: Largest angle in degrees.
        row_axis: As in `apply_affine_transform`, like all further ones.
        col_axis: Axis of the columns.
        channel_axis: Axis of the channels.
        fill_mode: What lies outside.
        cval: The number outside for 'constant'.
        interpolation_order: 0 to 5.
        seed: Seed; None (default) draws anew.

    Returns:
        A new array.

    Example:
        >>> random_shear(np.ones((1, 4, 4)), 20, seed=1).shape
        (1, 4, 4)
    """
    shear = np.random.RandomState(seed).uniform(-intensity, intensity)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, 0, 0, 0, shear, 1, 1, *axes, fill_mode, cval, interpolation_order
    )


def random_zoom(
    x: Array,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
    seed: int | None = None,
) -> Array:
    """Zoom by random factors.

    Args:
        x: The image.
        zoom_range: Smallest and largest factor of rows and columns; below 1 enlarges.
        row_axis: As in `apply_affine_transform`, like all further ones.
        col_axis: Axis of the columns.
        channel_axis: Axis of the channels.
        fill_mode: What lies outside.
        cval: The number outside for 'constant'.
        interpolation_order: 0 to 5.
        seed: Seed; None (default) draws anew.

    Returns:
        A new array.

    Raises:
        ValueError: If `zoom_range` is no pair of numbers.

    Example:
        >>> random_zoom(np.ones((1, 4, 4)), (0.5, 1.5), seed=1).shape
        (1, 4, 4)
    """
    if len(zoom_range) != 2:
        raise ValueError(f"random_zoom: zoom_range must be two numbers; got {zoom_range}.")
    low, high = zoom_range
    zx, zy = np.random.RandomState(seed).uniform(low, high, 2)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, 0, 0, 0, 0, zx, zy, *axes, fill_mode, cval, interpolation_order
    )


def random_channel_shift(
    x: Array, intensity_range: float, channel_axis: int = 0, seed: int | None = None
) -> Array:
    """Add a random number to every channel.

    Args:
        x: The image.
        intensity_range: Largest number, in the units of the image.
        channel_axis: Axis of the channels. Default 0.
        seed: Seed; None (default) draws anew.

    Returns:
        A new array.

    Example:
        >>> random_channel_shift(np.ones((1, 4, 4)), 2.0, seed=1).shape
        (1, 4, 4)
    """
    intensity = np.random.RandomState(seed).uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(
    x: Array, brightness_range: Sequence[float], scale: bool = True, seed: int | None = None
) -> Array:
    """Multiply the brightness by a random factor.

    Args:
        x: The image.
        brightness_range: Smallest and largest factor, at least 0.
        scale: As in `apply_brightness_shift`.
        seed: Seed; None (default) draws anew.

    Returns:
        A new array.

    Raises:
        ValueError: If `brightness_range` is no pair of numbers.

    Example:
        >>> random_brightness(np.ones((1, 4, 4)), (0.5, 1.5), seed=1).shape
        (1, 4, 4)
    """
    if len(brightness_range) != 2:
        raise ValueError(
            f"random_brightness: brightness_range must be two numbers; got {brightness_range}."
        )
    low, high = brightness_range
    return apply_brightness_shift(x, np.random.RandomState(seed).uniform(low, high), scale)
