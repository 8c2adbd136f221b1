"""Shape rules of the operations that move a window over spatial axes, in pure Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import config, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops.shape_rules import make, spec
from kcore.typing import Shape


def spatial_rank(shape: Shape, owner: str) -> int:
    """The number of spatial axes: 1, 2 or 3.

    Raises:
        ShapeError: if it is none of these.
    """
    if len(shape) not in (3, 4, 5):
        raise ShapeError(
            f"{owner} takes 3 to 5 axes: batch, one to three spatial ones and channels; received "
            f"{tuple(shape)}."
        )
    return len(shape) - 2


def _is_first(data_format: str | None) -> bool:
    return config.standardize_data_format(data_format) == "channels_first"


def _parts(shape: Shape, first: bool) -> tuple[Shape, int | None]:
    """The spatial sizes and the channels."""
    return (shape[2:], shape[1]) if first else (shape[1:-1], shape[-1])


def _joined(
    shape: Shape, lengths: Sequence[int | None], channels: int | None, first: bool
) -> Shape:
    depth = _parts(shape, first)[1] if channels is None else channels
    return (shape[0], depth, *lengths) if first else (shape[0], *lengths, depth)


def check_steps(strides: Sequence[int], dilation: Sequence[int], owner: str) -> None:
    """Refuses strides together with dilation, for which there is no kernel."""
    if max(strides) > 1 and max(dilation) > 1:
        raise ConfigurationError(
            f"{owner}: strides {tuple(strides)} and dilation_rate {tuple(dilation)} cannot both be "
            "above 1; choose one."
        )


def window_shape(
    shape: Shape,
    window: Sequence[int | None],
    strides: Any,
    padding: str,
    data_format: str | None,
    dilation: Any = 1,
    channels: int | None = None,
    owner: str = "A window operation",
) -> Shape:
    """The shape after a window moved over the spatial axes.

    Args:
        channels: their number afterwards; None keeps it.
        owner: who moves the window, for the error.

    Raises:
        ShapeError: if the window does not fit.

    Example:
        >>> window_shape((None, 28, 28, 1), (3, 3), 1, "valid", "channels_last", channels=8)
        (None, 26, 26, 8)
    """
    rank = spatial_rank(shape, owner)
    first = _is_first(data_format)
    spatial = _parts(shape, first)[0]
    steps = shapes.as_tuple(strides, rank, f"{owner}: strides")
    gaps = shapes.as_tuple(dilation, rank, f"{owner}: dilation_rate")
    lengths = tuple(
        None if taps is None else shapes.window_length(size, taps, padding, step, gap)
        for size, taps, step, gap in zip(spatial, window, steps, gaps, strict=True)
    )
    if any(length is not None and length <= 0 for length in lengths):
        layout = "channels_first" if first else "channels_last"
        dilated = f" and dilation_rate {gaps}" if max(gaps) > 1 else ""
        raise ShapeError(
            f"{owner}: a window of size {tuple(window)} with padding {padding!r}{dilated} does not "
            f"fit into the spatial sizes {spatial} of {shapes.describe(shape, layout)}. Use "
            "padding='same', a smaller window, or larger input."
        )
    return _joined(shape, lengths, channels, first)


def transposed_shape(
    shape: Shape,
    window: Sequence[int],
    strides: Any,
    padding: str,
    output_padding: Sequence[int | None],
    data_format: str | None,
    dilation: Any,
    channels: int,
    owner: str,
) -> Shape:
    """The shape of a transposed convolution's result.

    Raises:
        ShapeError: if nothing would be left of an axis.

    Example:
        >>> transposed_shape(
        ...     (None, 5, 2), (3,), 2, "same", (None,), "channels_last", 1, 4, "example"
        ... )
        (None, 10, 4)
    """
    rank = spatial_rank(shape, owner)
    first = _is_first(data_format)
    spatial = _parts(shape, first)[0]
    steps = shapes.as_tuple(strides, rank, f"{owner}: strides")
    gaps = shapes.as_tuple(dilation, rank, f"{owner}: dilation_rate")
    lengths = tuple(
        shapes.transposed_length(size, taps, padding, step, extra, gap)
        for size, taps, step, extra, gap in zip(
            spatial, window, steps, output_padding, gaps, strict=True
        )
    )
    if any(length is not None and length <= 0 for length in lengths):
        raise ShapeError(
            f"{owner}: nothing is left of the spatial sizes {spatial} with a window of size "
            f"{tuple(window)}, padding {padding!r} and output_padding {tuple(output_padding)}. "
            "Leave output_padding out, or give larger input."
        )
    return _joined(shape, lengths, channels, first)


def output_paddings(
    value: Any, strides: Sequence[int], owner: str
) -> tuple[int, ...] | tuple[None, ...]:
    """The output padding of each axis; None for each if none is given.

    Raises:
        ConfigurationError: if it is negative or not below the stride.
    """
    if value is None:
        return (None,) * len(strides)
    paddings = shapes.as_tuple(value, len(strides), f"{owner}: output_padding", allow_zero=True)
    if any(p >= s for p, s in zip(paddings, strides, strict=True)):
        raise ConfigurationError(
            f"{owner}: output_padding {paddings} must be less than strides {tuple(strides)} along "
            "each axis."
        )
    return paddings


def _window_of(kernel: Any, rank: int, owner: str) -> Shape:
    shape = spec(kernel)[0]
    if len(shape) != rank + 2:
        raise ShapeError(
            f"{owner}: for input of {rank + 2} axes the kernel needs {rank + 2} axes, {rank} of "
            f"them spatial; received a kernel of shape {shape}."
        )
    return shape


def _channels(shape: Shape, data_format: str | None) -> int | None:
    return _parts(shape, _is_first(data_format))[1]


def _check_channels(channels: int | None, expected: int | None, kernel: Shape, owner: str) -> None:
    if None not in (channels, expected) and channels != expected:
        raise ShapeError(
            f"{owner}: a kernel of shape {kernel} is for {expected} channels; the input has "
            f"{channels}."
        )


def convolution(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    bias: Any = None,
) -> SymbolicTensor:
    """Each spatial axis by `shapes.window_length`, the kernel's last size as channels."""
    owner = "ops.conv"
    shape, dtype = spec(inputs)
    rank = spatial_rank(shape, owner)
    window = _window_of(kernel, rank, owner)
    allowed = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    padding = shapes.check_padding(padding, owner, allowed)
    check_steps(
        shapes.as_tuple(strides, rank, f"{owner}: strides"),
        shapes.as_tuple(dilation_rate, rank, f"{owner}: dilation_rate"),
        owner,
    )
    channels, part, filters = _channels(shape, data_format), window[-2], window[-1]
    if channels is not None and part and filters is not None:
        groups = channels // part
        if channels % part or groups == 0 or filters % groups:
            raise ShapeError(
                f"{owner}: the input has {channels} channels, which a kernel of shape {window} "
                "cannot share out: its last axis but one must be the channels of one group, and "
                "the number of groups must divide its last axis."
            )
    if bias is not None and tuple(bias.shape) != (filters,):
        raise ShapeError(
            f"{owner}: bias has one number for each filter, shape ({filters},); received shape "
            f"{tuple(bias.shape)}."
        )
    return make(
        window_shape(
            shape,
            window[:-2],
            strides,
            padding,
            data_format,
            dilation_rate,
            channels=filters,
            owner=owner,
        ),
        dtype,
    )


def convolution_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> SymbolicTensor:
    """Each spatial axis by `shapes.transposed_length`, the kernel's last size but one as depth."""
    owner = "ops.conv_transpose"
    shape, dtype = spec(inputs)
    rank = spatial_rank(shape, owner)
    window = _window_of(kernel, rank, owner)
    padding = shapes.check_padding(padding, owner)
    steps = shapes.as_tuple(strides, rank, f"{owner}: strides")
    check_steps(steps, shapes.as_tuple(dilation_rate, rank, f"{owner}: dilation_rate"), owner)
    _check_channels(_channels(shape, data_format), window[-1], window, owner)
    return make(
        transposed_shape(
            shape,
            window[:-2],  # type: ignore[arg-type]  # a kernel's sizes are known
            strides,
            padding,
            output_paddings(output_padding, steps, owner),
            data_format,
            dilation_rate,
            window[-2],  # type: ignore[arg-type]
            owner,
        ),
        dtype,
    )


def depthwise(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    owner: str = "ops.depthwise_conv",
) -> SymbolicTensor:
    """Each spatial axis by `shapes.window_length`, channels times the multiplier."""
    shape, dtype = spec(inputs)
    rank = spatial_rank(shape, owner)
    if rank == 3:
        raise ShapeError(
            f"{owner} takes one or two spatial axes; received {tuple(shape)}. Use ops.conv with a "
            "kernel whose last axis but one is 1."
        )
    window = _window_of(kernel, rank, owner)
    allowed = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    padding = shapes.check_padding(padding, owner, allowed)
    _check_channels(_channels(shape, data_format), window[-2], window, owner)
    depth = None if None in window[-2:] else window[-2] * window[-1]  # type: ignore[operator]
    return make(
        window_shape(
            shape, window[:-2], strides, padding, data_format, dilation_rate, depth, owner
        ),
        dtype,
    )


def separable(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> SymbolicTensor:
    """A depthwise convolution, then one with a window of 1."""
    owner = "ops.separable_conv"
    spread = depthwise(
        inputs, depthwise_kernel, strides, padding, data_format, dilation_rate, owner
    )
    return convolution(spread, pointwise_kernel, data_format=data_format)


def pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> SymbolicTensor:
    """Each spatial axis by `shapes.window_length`, channels kept."""
    shape, dtype = spec(inputs)
    owner = "Pooling"
    size = shapes.as_tuple(pool_size, spatial_rank(shape, owner), f"{owner}: pool_size")
    padding = shapes.check_padding(padding, owner)
    steps = size if strides is None else strides
    return make(window_shape(shape, size, steps, padding, data_format, owner=owner), dtype)


def adaptive_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> SymbolicTensor:
    """The given spatial sizes, channels kept."""
    shape, dtype = spec(inputs)
    owner = "Adaptive pooling"
    rank = spatial_rank(shape, owner)
    first = _is_first(data_format)
    spatial = _parts(shape, first)[0]
    if None in spatial:
        raise ShapeError(
            f"{owner} needs known spatial sizes, as they decide on the windows; received "
            f"{tuple(shape)}. Give the model's Input these sizes."
        )
    lengths = shapes.as_tuple(output_size, rank, f"{owner}: output_size")
    return make(_joined(shape, lengths, None, first), dtype)
