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
    height, width, channels = image.shape
    rows_out, columns_out = shape or (height, width)
    dtype = image.dtype if image.dtype.kind == "f" else np.dtype(np.float32)
    if order > 1:
        size = (rows_out, columns_out)
        return _splines(image.astype(dtype), matrix, offset, size, order, fill_mode, cval)
    (a, b), (c, d) = np.asarray(matrix, dtype=np.float64)
    row_0, column_0 = np.asarray(offset, dtype=np.float64)
    # float32 is faster and right to 1e-5 pixels. Which place is just outside must be exact, though,
    # and the numbers of the pixels of a large image do not fit.
    narrow = fill_mode != "constant" and height * width * channels < 1 << 24
    exact = np.float32 if narrow else np.float64
    down, across = np.arange(rows_out)[:, None], np.arange(columns_out)
    rows = (a * down + row_0).astype(exact) + (b * across).astype(exact)
    columns = (c * down + column_0).astype(exact) + (d * across).astype(exact)
    outside = None
    if fill_mode == "constant":
        outside = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
    # Places lie evenly, so two corners are the farthest out.
    ends = np.array([rows_out - 1, columns_out - 1])
    (a, b), (c, d) = np.array(matrix, dtype=np.float64) * ends
    far_rows = row_0 + min(a, 0) + min(b, 0), row_0 + max(a, 0) + max(b, 0)
    far_columns = column_0 + min(c, 0) + min(d, 0), column_0 + max(c, 0) + max(d, 0)
    rows = _inside(rows, height, fill_mode, far_rows)
    columns = _inside(columns, width, fill_mode, far_columns)
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


def _inside(place: Array, size: int, fill_mode: str, span: tuple[float, float]) -> Array:
    """Map places beyond the image to those that `fill_mode` puts there, all in [0, size - 1].

    Args:
        place: Places, in any order; overwritten.
        size: Pixels.
        fill_mode: As in `resample`.
        span: The least and the greatest of the places.
    """
    low, high = span
    if low > 0.01 and high < size - 1.01:  # where a rounding in float32 cannot put one outside
        return place
    if fill_mode == "reflect":
        if low < -size or high > 2 * size - 1:
            # np.mod, four times faster
            place -= 2 * size * np.floor((place + 0.5) * (0.5 / size))
        np.maximum(place, -1 - place, out=place)
        np.minimum(place, 2 * size - 1 - place, out=place)
    elif fill_mode == "wrap" and size > 1:
        beyond = (place < 0) | (place > size - 1)
        place -= beyond * ((size - 1) * np.floor(place / (size - 1)))
    return np.clip(place, 0, size - 1, out=place)


def _look_up(image: Array, rows: Array, columns: Array, dtype: np.dtype[Any], order: int) -> Array:
    """Values at places inside the image."""
    _, width, channels = image.shape
    # The neighbours to the right and below are the same index into a shifted view, so one index
    # serves all four. Those beyond the last column or row are other pixels, with a share of zero.
    # A copy brings the image into the cache in one go, where gathering would fetch it in pieces.
    numbers = np.array(image, dtype=dtype, order="C").ravel()
    # Fresh memory for every step would cost as much as the step.
    top, left = np.floor(rows), np.floor(columns)
    rows -= top
    columns -= left
    below, right = (share.astype(dtype, copy=False).ravel() for share in (rows, columns))
    top *= width * channels
    left *= channels
    top += left
    index = top.astype(np.intp).ravel()
    beside, lower = (spare.astype(dtype, copy=False).ravel() for spare in (top, left))
    result = np.empty((channels, *rows.shape), dtype=dtype)
    for channel in range(channels):

        def neighbour(step: int, out: Array, start: int = channel) -> None:
            last = numbers.size - 1
            numbers[min(start + step, last) :].take(index, out=out, mode="clip")

        values = result[channel].reshape(-1)
        neighbour(0, values)
        if order == 1:
            neighbour(channels, beside)
            _blend(values, beside, right)
            neighbour(width * channels, lower)
            neighbour((width + 1) * channels, beside)
            _blend(lower, beside, right)
            _blend(values, lower, below)
    last: Array = result.transpose(1, 2, 0)
    return last


def _blend(values: Array, others: Array, share: Array) -> None:
    """Move values towards others by a share of the way; both are overwritten."""
    others -= values
    others *= share
    values += others
