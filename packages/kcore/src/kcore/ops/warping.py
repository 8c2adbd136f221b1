"""Images sampled at other places: transforms of planes and perspectives."""

from __future__ import annotations

from typing import Any

from kcore import backend
from kcore.arguments import choice
from kcore.errors import ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, linalg
from kcore.ops.image_layout import checked, on_batch
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = ["affine_transform", "perspective_transform"]

FILL_MODES = ("constant", "nearest", "reflect", "wrap")


def _transformed(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> SymbolicTensor:
    """The same shape."""
    return checked(images, data_format, "ops.image.affine_transform")


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

    return on_batch(images, data_format, owner, run)


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
