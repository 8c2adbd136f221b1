"""The one resampling behind every geometric change: an affine map, four neighbours a pixel.

Splines of the orders 2 to 5 are those of scipy, an optional dependency.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FILL_MODES", "ORDERS", "Array", "resample"]

Array = npt.NDArray[Any]
FILL_MODES = ("constant", "nearest", "reflect", "wrap")
ORDERS = (0, 1, 2, 3, 4, 5)


def resample(
    image: Array,
    matrix: npt.ArrayLike,
    offset: npt.ArrayLike,
    shape: tuple[int, int] | None = None,
    order: int = 1,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Array:
    """Look up each pixel of the result at matrix @ (row, column) + offset of the image.

    Args:
        image: Numbers; integers are interpolated as float32.
        matrix: 2x2 matrix from result to image coordinates.
        offset: Row and column where pixel (0, 0) of the result lies in the image.
        shape: Height and width of the result; None (default) for those of the image.
        order: 0 for the nearest pixel, 1 (default) for linear interpolation, 2 to 5 for splines of
            that order, which need scipy and may leave the range of the image.
        fill_mode: What lies outside: 'nearest' (default) the edge (aaa|abcd|ddd), 'reflect' the
            mirror image (cba|abcd|dcb), 'wrap' the image again, its last pixel on the next one's
            first, 'constant' the number `cval`.
        cval: The number outside for 'constant'.

    Shapes:
        image: (height, width, channel); the result likewise.

    Returns:
        A new array of the image's floating type, or float32.

    Raises:
        ValueError: If `order` or `fill_mode` is another one.
        ModuleNotFoundError: If a spline is asked for and scipy is not installed.

    Example:
        >>> resample(np.arange(3.0)[:, None, None], np.eye(2), [0.5, 0])[:, 0, 0]
        array([0.5, 1.5, 2. ])
    """
    if order not in ORDERS:
        raise ValueError(f"The interpolation order must be one of {ORDERS}; got {order!r}.")
    if fill_mode not in FILL_MODES:
        raise ValueError(f"The argument fill_mode must be one of {FILL_MODES}; got {fill_mode!r}.")
    height, width = image.shape[:2]
    rows_out, columns_out = shape or (height, width)
    dtype = image.dtype if image.dtype.kind == "f" else np.dtype(np.float32)
    if order > 1:
        size = (rows_out, columns_out)
        return _splines(image.astype(dtype), matrix, offset, size, order, fill_mode, cval)
    (a, b), (c, d) = np.asarray(matrix, dtype=np.float64)
    row_0, column_0 = np.asarray(offset, dtype=np.float64)
    # float32 is faster and right to 1e-5 pixels. Which place is just outside must be exact, though,
    # and the numbers of the pixels of a large image do not fit.
    narrow = fill_mode != "constant" and (height + 1) * (width + 1) < 1 << 24
    exact = np.float32 if narrow else np.float64
    down, across = np.arange(rows_out)[:, None], np.arange(columns_out)
    rows = (a * down + row_0).astype(exact) + (b * across).astype(exact)
    columns = (c * down + column_0).astype(exact) + (d * across).astype(exact)
    outside = None
    if fill_mode == "constant":
        outside = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
    rows, columns = _inside(rows, height, fill_mode), _inside(columns, width, fill_mode)
    if order == 0:
        rows, columns = np.floor(rows + 0.5), np.floor(columns + 0.5)
    result = _look_up(image, rows, columns, dtype, order)
    if outside is not None:
        result[outside] = cval
    return result


def _splines(
    image: Array,
    matrix: npt.ArrayLike,
    offset: npt.ArrayLike,
    shape: tuple[int, int],
    order: int,
    fill_mode: str,
    cval: float,
) -> Array:
    try:
        ndimage = import_module("scipy.ndimage")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"The interpolation order {order} needs the package scipy, which is not installed. "
            "Install it with: pip install kpreprocess[scipy] - or use order 1."
        ) from error
    result = np.empty((image.shape[2], *shape), dtype=image.dtype)
    linear, start = np.asarray(matrix, np.float64), np.asarray(offset, np.float64)
    for place, plane in zip(result, image.transpose(2, 0, 1), strict=True):
        ndimage.affine_transform(
            plane, linear, start, output=place, order=order, mode=fill_mode, cval=cval
        )
    last: Array = result.transpose(1, 2, 0)
    return last


def _inside(place: Array, size: int, fill_mode: str) -> Array:
    """Map places beyond the image to those that `fill_mode` puts there, all in [0, size - 1]."""
    if fill_mode == "reflect":
        place += 0.5
        corners = place[:: max(1, len(place) - 1), :: max(1, place.shape[1] - 1)]
        if np.abs(corners).max() > 2 * size:  # places lie evenly, so corners are farthest out
            place -= 2 * size * np.floor(place * (0.5 / size))  # np.mod, four times faster
        np.abs(place, out=place)
        np.minimum(place, 2 * size - place, out=place)
        place -= 0.5
    elif fill_mode == "wrap" and size > 1:
        beyond = (place < 0) | (place > size - 1)
        place = np.where(beyond, np.mod(place, size - 1), place)
    return np.clip(place, 0, size - 1, out=place)


def _look_up(image: Array, rows: Array, columns: Array, dtype: np.dtype[Any], order: int) -> Array:
    """Values at places inside the image."""
    height, width, channels = image.shape
    top, left = np.floor(rows), np.floor(columns)
    # One row and column more, so that the neighbours below and to the right always exist and are
    # the same index into a shifted view: one index array serves all four.
    plane = np.zeros((height + 1, width + 1), dtype=dtype)
    index = (top * (width + 1) + left).astype(np.intp).ravel()
    below = (rows - top).astype(dtype, copy=False).ravel()
    right = (columns - left).astype(dtype, copy=False).ravel()
    result = np.empty((channels, *rows.shape), dtype=dtype)
    # Fresh memory for every step would cost as much as the step.
    beside, lower = np.empty_like(right), np.empty_like(right)
    flat = plane.ravel()
    for channel in range(channels):
        plane[:height, :width] = image[..., channel]
        values = result[channel].reshape(-1)
        flat.take(index, out=values, mode="clip")
        if order == 1:
            flat[1:].take(index, out=beside, mode="clip")
            _blend(values, beside, right)
            flat[width + 1 :].take(index, out=lower, mode="clip")
            flat[width + 2 :].take(index, out=beside, mode="clip")
            _blend(lower, beside, right)
            _blend(values, lower, below)
    last: Array = result.transpose(1, 2, 0)
    return last


def _blend(values: Array, others: Array, share: Array) -> None:
    """Move values towards others by a share of the way; both are overwritten."""
    others -= values
    others *= share
    values += others
