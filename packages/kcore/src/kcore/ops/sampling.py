"""Room around images, patches of images, and arrays read between their elements."""

from __future__ import annotations

from typing import Any

from kcore import backend, config, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays
from kcore.ops import shape_rules as rules
from kcore.ops.image_layout import image_axes
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = ["extract_patches", "map_coordinates", "pad_images"]

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def pad_images(
    images: Tensor,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images with zeros around them. Two of three say how many: both sides, or one and the target.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        top_padding: rows above.
        left_padding: columns on the left.
        bottom_padding: rows below.
        right_padding: columns on the right.
        target_height: of the result.
        target_width: of the result.
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Raises:
        ConfigurationError: if not exactly two of three are given, or one would be below 0.
        ShapeError: if a target is given and the size of the images is not known.

    Example:
        >>> pad_images([[[5.0]]], 0, 1, 0, target_width=3).numpy().ravel().tolist()
        [0.0, 5.0, 0.0]
    """
    shape = rules.spec(images)[0]
    rows, columns, _ = image_axes(shape, data_format, "ops.image.pad_images")
    widths = [(0, 0)] * len(shape)
    vertical = {"top_padding": top_padding, "bottom_padding": bottom_padding}
    horizontal = {"left_padding": left_padding, "right_padding": right_padding}
    widths[rows] = _sides(shape[rows], vertical, "target_height", target_height)
    widths[columns] = _sides(shape[columns], horizontal, "target_width", target_width)
    return arrays.pad(images, widths)


def _sides(
    size: int | None, sides: dict[str, int | None], name: str, target: int | None
) -> tuple[int, int]:
    given = [value for value in sides.values() if value is not None]
    if len(given) + (target is not None) != 2:
        raise ConfigurationError(
            f"ops.image.pad_images needs exactly two of {', '.join(sides)} and {name}; received "
            f"{list(sides.values())} and {target}."
        )
    before, after = sides.values()
    if target is not None:
        if size is None:
            raise ShapeError(f"ops.image.pad_images: {name} needs images of known size.")
        rest = target - size - given[0]
        before, after = (rest if before is None else before), (rest if after is None else after)
    assert before is not None and after is not None
    if before < 0 or after < 0:
        raise ConfigurationError(
            f"ops.image.pad_images: {', '.join(sides)} would be {before} and {after}; none may be "
            "below 0."
        )
    return before, after


def _patched(
    images: Any,
    size: int | tuple[int, int],
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> SymbolicTensor:
    owner = "ops.image.extract_patches"
    shape, dtype = rules.spec(images)
    rows, columns, channels = image_axes(shape, data_format, owner)
    patch, steps, rates = _patch_numbers(size, strides, dilation_rate, owner)
    padding = shapes.check_padding(padding, owner)
    sizes = list(shape)
    for axis, length, step, rate in zip((rows, columns), patch, steps, rates, strict=True):
        sizes[axis] = shapes.window_length(shape[axis], length, padding, step, rate)
    depth = shape[channels]
    sizes[channels] = None if depth is None else depth * patch[0] * patch[1]
    return rules.make(tuple(sizes), dtype)


def _patch_numbers(size: Any, strides: Any, rate: Any, owner: str) -> tuple[tuple[int, ...], ...]:
    patch = shapes.as_tuple(size, 2, f"{owner}: size")
    steps = patch if strides is None else shapes.as_tuple(strides, 2, f"{owner}: strides")
    return patch, steps, shapes.as_tuple(rate, 2, f"{owner}: dilation_rate")


@operation(_patched)
def extract_patches(
    images: Tensor,
    size: int | tuple[int, int],
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Patches of images, each laid out as channels: row by row, pixel by pixel.

    Args:
        images: (batch, height, width, channels) or one image without the batch.
        size: height and width of a patch.
        strides: from one patch to the next; its size if None.
        dilation_rate: distance of the pixels of a patch.
        padding: "valid", or "same" with zeros around the images.
        data_format: "channels_last" or "channels_first"; the global setting if None.

    Shapes:
        (batch, rows, columns, size * size * channels).

    Example:
        >>> extract_patches([[[1.0], [2.0], [3.0], [4.0]]], (1, 2)).numpy().tolist()
        [[[1.0, 2.0], [3.0, 4.0]]]
    """
    _patched(images, size, strides, dilation_rate, padding, data_format)
    x = backend.tensor.convert(images)
    rank = len(x.shape)
    first = config.standardize_data_format(data_format) == "channels_first"
    if first:
        x = backend.math.transpose(x, [*range(rank - 3), rank - 2, rank - 1, rank - 3])
    patch, steps, rates = _patch_numbers(size, strides, dilation_rate, "")
    x = backend.math.expand_dims(x, 0) if rank == 3 else x
    x = backend.image.patches(x, patch, steps, rates, padding.upper())
    x = backend.math.squeeze(x, 0) if rank == 3 else x
    if first:
        x = backend.math.transpose(x, [*range(rank - 3), rank - 1, rank - 3, rank - 2])
    return x


def _mapped(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: Any = 0
) -> SymbolicTensor:
    owner = "ops.image.map_coordinates"
    shape, dtype = rules.spec(inputs)
    places = rules.spec(coordinates)[0]
    if not places or places[0] not in (None, len(shape)):
        raise ShapeError(
            f"{owner}: coordinates need a first axis of {len(shape)}, a number for each axis of "
            f"the inputs; received {places}."
        )
    if order not in (0, 1):
        raise ConfigurationError(f"{owner}: order must be 0 or 1; received {order!r}.")
    if fill_mode not in FILL_MODES:
        raise ConfigurationError(
            f"{owner}: fill_mode must be one of {FILL_MODES}; received {fill_mode!r}."
        )
    return rules.make(places[1:], dtype)


@operation(_mapped)
def map_coordinates(
    inputs: Tensor,
    coordinates: Tensor,
    order: int,
    fill_mode: str = "constant",
    fill_value: Any = 0,
) -> Tensor:
    """The values of an array at places between its elements.

    Args:
        inputs: of any shape.
        coordinates: (axes of the inputs, ...), where to read.
        order: 0 for the nearest element, 1 for a linear mean of those around.
        fill_mode: what lies outside: "constant", "nearest" (the edge), "wrap", "mirror"
            (d c b | a b c d | c b a) or "reflect" (d c b a | a b c d | d c b a).
        fill_value: the value outside for "constant".

    Shapes:
        the axes of the coordinates behind the first.

    Example:
        >>> map_coordinates([0.0, 10.0], [[0.5, 1.0]], order=1).numpy().tolist()
        [5.0, 10.0]
    """
    _mapped(inputs, coordinates, order, fill_mode, fill_value)
    x = backend.tensor.convert(inputs)
    places = backend.linalg.floats(coordinates, "float32")
    return backend.image.sampled(x, places, order, fill_mode, fill_value)
