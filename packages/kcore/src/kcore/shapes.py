"""Shape algebra in pure Python: parse, compare, broadcast, and the lengths that convolutions leave.

A shape is a tuple of sizes by axis; None is a size not known yet. Nothing here knows of tensors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from kcore.errors import ConfigurationError, ShapeError, shown
from kcore.typing import Shape

AXIS_NAMES: dict[int, tuple[str, ...]] = {
    1: ("batch",),
    2: ("batch", "features"),
    3: ("batch", "steps", "features"),
    4: ("batch", "height", "width", "channels"),
    5: ("batch", "depth", "height", "width", "channels"),
}

PADDINGS = ("valid", "same", "causal")

# what kernels count along one axis; beyond it no model computes anything
_LARGEST = 2**31 - 1


def standardize(shape: Any, owner: str = "shape") -> Shape:
    """A shape as a tuple of Python integers and None.

    Args:
        shape: an integer (one axis) or a sequence of integers and None.
        owner: what the shape is for, used in the error.

    Raises:
        ShapeError: if an entry is neither None nor a whole number of at least zero.

    Example:
        >>> standardize([None, 28, 28])
        (None, 28, 28)
    """
    if _is_number(shape):
        shape = (shape,)
    try:
        entries = tuple(None if size is None else _whole(size) for size in shape)
    except (TypeError, ValueError, OverflowError):
        raise ShapeError(
            f"{owner} must be a sequence of whole numbers (None for a size not known yet); "
            f"received {shown(shape)}."
        ) from None
    if any(size is not None and size < 0 for size in entries):
        raise ShapeError(f"{owner} must not hold negative sizes; received {shown(shape)}.")
    if any(size is not None and size > _LARGEST for size in entries):
        raise ShapeError(
            f"{owner} must hold sizes of at most {_LARGEST}, as no axis of a tensor is longer; "
            f"received {shown(shape)}."
        )
    return entries


def _is_number(value: Any) -> bool:
    """Whether it is one whole number, Python's or numpy's."""
    return (
        hasattr(value, "__index__")
        and not hasattr(value, "__len__")
        and not isinstance(value, bool)
    )


def _whole(size: Any) -> int:
    if isinstance(size, bool) or int(size) != size:
        raise ValueError(size)
    return int(size)


def size_of(shape: Iterable[int | None]) -> int | None:
    """The number of elements, or None if a size is not known.

    Example:
        >>> size_of((2, 3)), size_of((None, 3))
        (6, None)
    """
    sizes = list(shape)
    return None if None in sizes else math.prod(s for s in sizes if s is not None)


def broadcast(*shapes: Shape) -> Shape:
    """The shape that element-wise operations on these shapes give.

    Raises:
        ShapeError: if an axis has two different sizes and neither is 1.

    Example:
        >>> broadcast((None, 3), (3,)), broadcast((2, 1), (1, 5))
        ((None, 3), (2, 5))
    """
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result: list[int | None] = []
    for axis, sizes in enumerate(zip(*padded, strict=True)):
        known = {size for size in sizes if size is not None and size != 1}
        if len(known) > 1:
            raise ShapeError(
                f"Shapes {', '.join(map(str, shapes))} do not broadcast: axis {axis - rank} has "
                f"sizes {sorted(known)}; they must be equal or 1."
            )
        if known:
            result.append(known.pop())
        else:
            result.append(None if None in sizes else 1)
    return tuple(result)


def compatible(a: Shape, b: Shape) -> bool:
    """Whether two shapes can be the same: equal rank, and equal sizes where both are known."""
    return len(a) == len(b) and all(
        x is None or y is None or x == y for x, y in zip(a, b, strict=True)
    )


def merge(a: Shape, b: Shape) -> Shape:
    """The shape that covers both: a size that differs becomes unknown. The ranks must be equal."""
    return tuple(x if x == y else None for x, y in zip(a, b, strict=True))


def normalize_axis(axis: int, rank: int, owner: str = "axis") -> int:
    """An axis counted from the front.

    Raises:
        ShapeError: if there is no such axis.

    Example:
        >>> normalize_axis(-1, 4)
        3
    """
    if not -rank <= axis < rank:
        raise ShapeError(
            f"{owner} must be between {-rank} and {rank - 1} for {rank} axes; received {axis}."
        )
    return axis % rank


def normalize_axes(
    axis: int | Iterable[int] | None, rank: int, owner: str = "axis"
) -> tuple[int, ...]:
    """Axes counted from the front; None means all."""
    if axis is None:
        return tuple(range(rank))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    return tuple(normalize_axis(a, rank, owner) for a in axes)


def reduce(shape: Shape, axis: int | Iterable[int] | None, keepdims: bool) -> Shape:
    """The shape after a reduction over some axes.

    Example:
        >>> reduce((None, 4, 5), -1, False), reduce((None, 4, 5), (1, 2), True)
        ((None, 4), (None, 1, 1))
    """
    axes = normalize_axes(axis, len(shape))
    if keepdims:
        return tuple(1 if i in axes else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in axes)


def reshape(shape: Shape, target: Shape, owner: str = "reshape") -> Shape:
    """The shape after a reshape; one entry of `target` may be -1.

    Raises:
        ShapeError: if the numbers of elements differ.

    Example:
        >>> reshape((2, 6), (3, -1)), reshape((None, 4), (-1, 2, 2))
        ((3, 4), (None, 2, 2))
    """
    total = size_of(shape)
    known = math.prod(s for s in target if s is not None and s != -1)
    if -1 not in target:
        if total is not None and None not in target and known != total:
            raise ShapeError(
                f"{owner}: cannot reshape {shape} ({total} elements) to {target} ({known} "
                "elements)."
            )
        return tuple(target)
    if total is None or None in target:
        return tuple(None if s == -1 else s for s in target)
    if known == 0 or total % known:
        raise ShapeError(
            f"{owner}: cannot reshape {shape} ({total} elements) to {target}: {known} does not "
            "divide it."
        )
    return tuple(total // known if s == -1 else s for s in target)


def window_length(
    length: int | None, window: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """The number of positions of a convolution or pooling window along one axis.

    Args:
        length: the size of the axis, None if not known.
        window: taps of the window, at least 1.
        padding: "valid" (no padding), "same" (enough zeros that stride 1 keeps the length),
            "causal" (all at front).
        stride: step between positions.
        dilation: step between taps.

    Example:
        >>> window_length(28, 3, "valid", 1), window_length(28, 3, "same", 2)
        (26, 14)
    """
    if length is None:
        return None
    if padding in ("same", "causal"):
        return -(-length // stride)
    span = dilation * (window - 1) + 1
    return -(-(length - span + 1) // stride)


def transposed_length(
    length: Any,
    window: int,
    padding: str,
    stride: int,
    output_padding: int | None = None,
    dilation: int = 1,
) -> Any:
    """The length that a transposed convolution makes along one axis.

    Without output padding: `length * stride` for "same", as long as all windows reach for "valid".
    With it: `(length - 1) * stride + span - 2 * cut + output_padding`, where a dilated window spans
    `span` places and "same" cuts half of them at both ends.

    Args:
        length: the size of the axis (a number, or a tensor in compiled code), None if not known.
        window: taps of the window, at least 1.
        padding: "valid" or "same".
        stride: step between the windows.
        output_padding: room behind the end, less than the stride; None for the longest result.
        dilation: step between taps.

    Example:
        >>> transposed_length(5, 3, "valid", 2), transposed_length(5, 3, "same", 2, 0)
        (11, 9)
    """
    if length is None:
        return None
    span = dilation * (window - 1) + 1
    if output_padding is None:
        return length * stride + (max(span - stride, 0) if padding == "valid" else 0)
    cut = 0 if padding == "valid" else 2 * (span // 2)
    return (length - 1) * stride + span - cut + output_padding


def check_padding(padding: str, owner: str, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """The padding in lower case.

    Raises:
        ConfigurationError: if it is not allowed.
    """
    lowered = str(padding).lower()
    if lowered not in allowed:
        raise ConfigurationError(
            f"{owner}: padding must be one of {allowed}; received {shown(padding)}."
        )
    return lowered


def as_tuple(value: Any, rank: int, owner: str, allow_zero: bool = False) -> tuple[int, ...]:
    """One whole number for each of `rank` axes, from a single number or a sequence.

    Raises:
        ConfigurationError: if the count is wrong or a number is not positive.

    Example:
        >>> as_tuple(3, 2, "kernel_size")
        (3, 3)
    """
    entries = (value,) * rank if _is_number(value) else value
    low = 0 if allow_zero else 1
    try:
        numbers = tuple(_whole(v) for v in entries)
    except (TypeError, ValueError, OverflowError):
        numbers = ()
    if len(numbers) != rank or not all(low <= n <= _LARGEST for n in numbers):
        raise ConfigurationError(
            f"{owner} must be a whole number of at least {low} and at most {_LARGEST}, or {rank} "
            f"of them; received {shown(value)}."
        )
    return numbers


def as_pairs(value: Any, rank: int, owner: str) -> tuple[tuple[int, int], ...]:
    """(before, after) for each of `rank` axes.

    Args:
        value: one number for all sides; a number for both sides of each axis; or a pair for each
            axis. For a single axis, two numbers are its pair.
        rank: number of axes.
        owner: what the widths are for, used in the error.

    Raises:
        ConfigurationError: if it has another form or a number is negative.

    Example:
        >>> as_pairs((1, 2), 2, "padding"), as_pairs((1, 2), 1, "padding")
        (((1, 1), (2, 2)), ((1, 2),))
    """
    try:
        sides = (value,) * rank if _is_number(value) else tuple(value)
        if rank == 1 and len(sides) == 2:
            sides = (sides,)
        pairs = tuple((_whole(s),) * 2 if _is_number(s) else tuple(map(_whole, s)) for s in sides)
    except (TypeError, ValueError, OverflowError):
        pairs = ()
    if len(pairs) != rank or any(
        len(p) != 2 or not 0 <= min(p) <= max(p) <= _LARGEST for p in pairs
    ):
        each = "(before, after)" if rank == 1 else f"{rank} numbers or {rank} pairs (before, after)"
        raise ConfigurationError(
            f"{owner} must be a whole number of at least 0, or {each} of them; received "
            f"{shown(value)}."
        )
    return tuple((before, after) for before, after in pairs)


def describe(shape: Shape, data_format: str = "channels_last") -> str:
    """A shape in words for an error: sizes with the names of their axes.

    Example:
        >>> describe((None, 28, 28, 1))
        '(batch=None, height=28, width=28, channels=1)'
    """
    names = AXIS_NAMES.get(len(shape))
    if names is None:
        return str(tuple(shape))
    if data_format == "channels_first" and len(shape) > 2:
        names = (names[0], names[-1], *names[1:-1])
    return "(" + ", ".join(f"{name}={size}" for name, size in zip(names, shape, strict=True)) + ")"


def as_tuples(value: Any) -> Any:
    """Shapes of saved data, in which tuples have become lists, in their form.

    Example:
        >>> as_tuples([[None, 3], [None, 4]])
        [(None, 3), (None, 4)]
    """
    if isinstance(value, dict):
        return {key: as_tuples(part) for key, part in value.items()}
    if all(size is None or isinstance(size, int) for size in value):
        return tuple(value)
    return [as_tuples(part) for part in value]
