"""Operations that move a window over one, two or three spatial axes."""

from __future__ import annotations

from typing import Any

from kcore import backend, config, shapes
from kcore.ops import spatial_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "adaptive_average_pool",
    "adaptive_max_pool",
    "average_pool",
    "conv",
    "conv_transpose",
    "depthwise_conv",
    "max_pool",
    "separable_conv",
]


@operation(rules.convolution)
def conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    bias: Tensor | None = None,
) -> Tensor:
    """Convolution over one, two or three spatial axes.

    Args:
        inputs: (batch, *spatial, channels).
        kernel: (*window, channels / groups, filters); its shape tells the groups.
        strides: step of the window, one number or one for each spatial axis.
        padding: "valid", "same" or (one axis) "causal".
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: step between the taps of the window; not together with strides.
        bias: (filters,), added to the result; None for none.

    Shapes: (batch, *spatial, channels) gives (batch, *new spatial, filters).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if kernel and inputs do not fit.

    Example:
        >>> from kcore import ops
        >>> ops.conv(ops.ones((1, 4, 2)), ops.ones((3, 2, 1))).numpy().ravel().tolist()
        [6.0, 6.0]
    """
    rules.convolution(inputs, kernel, strides, padding, data_format, dilation_rate, bias)
    x = backend.tensor.convert(inputs)
    rank = x.ndim - 2
    return backend.spatial.convolution(
        x,
        backend.tensor.convert(kernel),
        shapes.as_tuple(strides, rank, "strides"),
        padding.lower(),
        shapes.as_tuple(dilation_rate, rank, "dilation_rate"),
        config.standardize_data_format(data_format),
        None if bias is None else backend.tensor.convert(bias),
    )


@operation(rules.convolution_transpose)
def conv_transpose(
    inputs: Tensor,
    kernel: Tensor,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Transposed convolution: the gradient of a convolution by its input.

    Args:
        inputs: (batch, *spatial, channels).
        kernel: (*window, filters, channels).
        strides: how far apart the inputs are set down, one number or one for each spatial axis.
        padding: "valid" or "same".
        output_padding: room behind the end, less than the strides; None for the longest result.
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: step between the taps of the window; not together with strides.

    Shapes: (batch, *spatial, channels) gives (batch, *new spatial, filters); see
        `kcore.shapes.transposed_length`.

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if kernel and inputs do not fit.

    Example:
        >>> from kcore import ops
        >>> ops.conv_transpose(ops.ones((1, 2, 1)), ops.ones((3, 1, 1)), 2).numpy().ravel().tolist()
        [1.0, 1.0, 2.0, 1.0, 1.0]
    """
    known = rules.convolution_transpose(
        inputs, kernel, strides, padding, output_padding, data_format, dilation_rate
    )
    rank = len(known.shape) - 2
    steps = shapes.as_tuple(strides, rank, "strides")
    result = backend.spatial.convolution_transpose(
        backend.tensor.convert(inputs),
        backend.tensor.convert(kernel),
        steps,
        padding.lower(),
        rules.output_paddings(output_padding, steps, "ops.conv_transpose"),
        shapes.as_tuple(dilation_rate, rank, "dilation_rate"),
        config.standardize_data_format(data_format),
    )
    return backend.tensor.with_static_shape(result, known.shape)


@operation(rules.depthwise)
def depthwise_conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Convolution of each channel by itself, over one or two spatial axes.

    Args:
        inputs: (batch, *spatial, channels).
        kernel: (*window, channels, multiplier).
        strides: step of the window, one number or one for each spatial axis.
        padding: "valid", "same" or (one axis) "causal".
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: step between the taps of the window.

    Shapes: (batch, *spatial, channels) gives (batch, *new spatial, channels * multiplier); channel
        c gives the outputs c * multiplier to (c + 1) * multiplier - 1.

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if kernel and inputs do not fit.

    Example:
        >>> from kcore import ops
        >>> ops.depthwise_conv(ops.ones((1, 4, 2)), ops.ones((3, 2, 2))).shape.as_list()
        [1, 2, 4]
    """
    rules.depthwise(inputs, kernel, strides, padding, data_format, dilation_rate)
    x = backend.tensor.convert(inputs)
    rank = x.ndim - 2
    return backend.spatial.depthwise_convolution(
        x,
        backend.tensor.convert(kernel),
        shapes.as_tuple(strides, rank, "strides"),
        padding.lower(),
        shapes.as_tuple(dilation_rate, rank, "dilation_rate"),
        config.standardize_data_format(data_format),
    )


@operation(rules.separable)
def separable_conv(
    inputs: Tensor,
    depthwise_kernel: Tensor,
    pointwise_kernel: Tensor,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """A depthwise convolution, then one that mixes channels place by place.

    Args:
        inputs: (batch, *spatial, channels).
        depthwise_kernel: (*window, channels, multiplier).
        pointwise_kernel: (*ones, channels * multiplier, filters).
        strides: step of the window, one number or one for each spatial axis.
        padding: "valid", "same" or (one axis) "causal".
        data_format: "channels_last" or "channels_first"; the global setting if None.
        dilation_rate: step between the taps of the window.

    Shapes: (batch, *spatial, channels) gives (batch, *new spatial, filters).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if kernels and inputs do not fit.

    Example:
        >>> from kcore import ops
        >>> x, taps, mix = ops.ones((1, 4, 2)), ops.ones((3, 2, 1)), ops.ones((1, 2, 5))
        >>> ops.separable_conv(x, taps, mix).shape.as_list()
        [1, 2, 5]
    """
    spread = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(spread, pointwise_kernel, data_format=data_format)


def _pool(kind: str, x: Tensor, size: Any, strides: Any, padding: str, layout: Any) -> Tensor:
    rules.pool(x, size, strides, padding, layout)
    x = backend.tensor.convert(x)
    rank = x.ndim - 2
    window = shapes.as_tuple(size, rank, "pool_size")
    steps = window if strides is None else shapes.as_tuple(strides, rank, "strides")
    data_format = config.standardize_data_format(layout)
    return backend.spatial.pool(x, kind, window, steps, padding.lower(), data_format)


@operation(rules.pool)
def max_pool(
    inputs: Tensor,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The largest value in each window; strides None means the window's size.

    Example:
        >>> max_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).numpy().ravel().tolist()
        [3.0, 2.0]
    """
    return _pool("max", inputs, pool_size, strides, padding, data_format)


@operation(rules.pool)
def average_pool(
    inputs: Tensor,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The mean of each window; padding does not count. Strides None means the window's size.

    Example:
        >>> average_pool([[[1.0], [3.0], [2.0]]], 2, padding="same").numpy().ravel().tolist()
        [2.0, 2.0]
    """
    return _pool("average", inputs, pool_size, strides, padding, data_format)


def _adaptive_pool(kind: str, x: Tensor, output_size: Any, layout: Any) -> Tensor:
    rules.adaptive_pool(x, output_size, layout)
    x = backend.tensor.convert(x)
    sizes = shapes.as_tuple(output_size, x.ndim - 2, "output_size")
    return backend.spatial.adaptive_pool(x, kind, sizes, config.standardize_data_format(layout))


@operation(rules.adaptive_pool)
def adaptive_average_pool(
    inputs: Tensor, output_size: Any, data_format: str | None = None
) -> Tensor:
    """The mean of each of as many windows as the output has places.

    Along an axis of length n, place i of m averages the inputs from floor(i * n / m) to before
    ceil((i + 1) * n / m).

    Example:
        >>> adaptive_average_pool([[[1.0], [3.0], [5.0]]], 2).numpy().ravel().tolist()
        [2.0, 4.0]
    """
    return _adaptive_pool("average", inputs, output_size, data_format)


@operation(rules.adaptive_pool)
def adaptive_max_pool(inputs: Tensor, output_size: Any, data_format: str | None = None) -> Tensor:
    """The largest value of each window; the windows are those of `adaptive_average_pool`.

    Example:
        >>> adaptive_max_pool([[[1.0], [3.0], [5.0]]], 2).numpy().ravel().tolist()
        [3.0, 5.0]
    """
    return _adaptive_pool("max", inputs, output_size, data_format)
