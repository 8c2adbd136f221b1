"""Kernels that move a window over spatial axes: convolution, its transpose, pooling.

The processor's kernels want the channels last, so channels-first input is transposed around them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kcore import shapes
from kcore.backend.tensor import convert, dynamic_shape
from kcore.typing import Tensor

Sizes = Sequence[int]


def _with_channels_last(x: Tensor, data_format: str, run: Callable[[Tensor], Tensor]) -> Tensor:
    rank = x.shape.rank
    if x.shape[0] == 0:  # some kernels give an empty batch the wrong shape, so they see a row
        filled = tf.pad(x, [[0, 1], *[[0, 0]] * (rank - 1)])
        return _with_channels_last(filled, data_format, run)[:0]
    if data_format == "channels_last":
        return run(x)
    result = run(tf.transpose(x, [0, *range(2, rank), 1]))
    return tf.transpose(result, [0, rank - 1, *range(1, rank - 1)])


@functools.cache
def _native(kind: str, dtype: str) -> bool:
    """Whether this machine's kernels compute a kind of convolution together with its gradients.

    Some builds of TensorFlow, and some dtypes, have the forward kernel only; the kernels say so
    when they run, and nowhere else.
    """
    channels, rate = {"groups": (2, 1), "dilation": (4, 2)}[kind]
    steps: dict[str, Any] = {
        "strides": [1] * 4,
        "padding": "VALID",
        "dilations": [1, rate, rate, 1],
    }
    with tf.init_scope():
        x, kernel = tf.zeros((1, 6, 7, 4), dtype), tf.zeros((3, 3, channels, 2), dtype)
        try:
            y = tf.raw_ops.Conv2D(input=x, filter=kernel, **steps)
            tf.raw_ops.Conv2DBackpropInput(
                input_sizes=x.shape, filter=kernel, out_backprop=y, **steps
            )
            tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=kernel.shape, out_backprop=y, **steps
            )
        except tf.errors.OpError:
            return False
    return True


def convolution(
    x: Tensor,
    kernel: Tensor,
    strides: Sizes,
    padding: str,
    dilation: Sizes,
    data_format: str,
    bias: Tensor | None = None,
) -> Tensor:
    """Convolution over one, two or three axes; the kernel is (*window, channels / groups, filters).

    There are as many groups as the kernel's channels go into the input's. The bias is one number
    for each filter.
    """

    def run(x: Tensor) -> Tensor:
        if _is_pointwise(x, kernel):
            return _pointwise(x, kernel, strides, bias)
        if padding == "causal":
            y = _grouped(_causal(x, kernel, dilation), kernel, strides, "VALID", dilation)
        else:
            y = _grouped(x, kernel, strides, padding.upper(), dilation)
        return y if bias is None else tf.nn.bias_add(y, bias)

    return _with_channels_last(x, data_format, run)


def _causal(x: Tensor, kernel: Tensor, dilation: Sizes) -> Tensor:
    return tf.pad(x, [[0, 0], [(kernel.shape[0] - 1) * dilation[0], 0], [0, 0]])


def _grouped(x: Tensor, kernel: Tensor, strides: Sizes, padding: str, dilation: Sizes) -> Tensor:
    groups = (x.shape[-1] or kernel.shape[-2]) // kernel.shape[-2]
    if groups == 1:
        return _convolve(x, kernel, strides, padding, dilation)
    planar = x.shape.rank < 5
    if planar and kernel.shape[-2] == 1:
        window, filters = kernel.shape[:-2], kernel.shape[-1]
        own = tf.reshape(kernel, [*window, groups, filters // groups])
        return _depthwise(x, own, strides, padding, dilation)
    if planar and _native("groups", x.dtype.name):
        return _convolve(x, kernel, strides, padding, dilation)
    parts = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
    return tf.concat([_convolve(a, b, strides, padding, dilation) for a, b in parts], -1)


def _convolve(x: Tensor, kernel: Tensor, strides: Sizes, padding: str, dilation: Sizes) -> Tensor:
    if x.shape.rank == 4 and (max(dilation) == 1 or _native("dilation", x.dtype.name)):
        return tf.nn.conv2d(x, kernel, list(strides), padding, dilations=list(dilation))
    # the gradient over three axes asks for the layout by name
    layout = {3: "NWC", 4: "NHWC", 5: "NDHWC"}[x.shape.rank]
    return tf.nn.convolution(
        x, kernel, list(strides), padding, data_format=layout, dilations=list(dilation)
    )


def _is_pointwise(x: Tensor, kernel: Tensor) -> bool:
    """Whether the window is one place and there are no groups."""
    return bool(math.prod(kernel.shape[:-2]) == 1 and x.shape[-1] == kernel.shape[-2])


def _pointwise(x: Tensor, kernel: Tensor, strides: Sizes, bias: Tensor | None) -> Tensor:
    """A window of one place is one matrix product over all places.

    The product reads the kernel as it lies, where the convolution first reorders it at each call:
    measured 1.0 to 2.5 times as fast forward and backward over the shapes of ResNet50. The bias is
    added to the product itself, with which it becomes one kernel.
    """
    x = _every(x, strides)
    *_, channels, filters = kernel.shape
    product = tf.matmul(tf.reshape(x, [-1, channels]), tf.reshape(kernel, [channels, filters]))
    if bias is not None:
        product = tf.nn.bias_add(product, bias)
    result = tf.reshape(product, tf.concat([tf.shape(x)[:-1], [filters]], 0))
    result.set_shape([*x.shape[:-1], filters])
    return result


def _every(x: Tensor, strides: Sizes) -> Tensor:
    """The places that a window of one place stops at.

    Over two axes the mean of one place does it: kernel and gradient are 2 to 6 times as fast as
    those of a slice with steps.
    """
    if max(strides) == 1:
        return x
    if x.shape.rank == 4:
        return tf.nn.avg_pool2d(x, 1, list(strides), "VALID")
    places = [slice(None), *(slice(None, None, step) for step in strides)]
    return x[tuple(places)]


def depthwise_convolution(
    x: Tensor, kernel: Tensor, strides: Sizes, padding: str, dilation: Sizes, data_format: str
) -> Tensor:
    """Each channel with windows of its own; the kernel is (*window, channels, multiplier).

    Channel c gives the outputs c * multiplier ... (c + 1) * multiplier - 1.
    """

    def run(x: Tensor) -> Tensor:
        if padding == "causal":
            return _depthwise(_causal(x, kernel, dilation), kernel, strides, "VALID", dilation)
        return _depthwise(x, kernel, strides, padding.upper(), dilation)

    return _with_channels_last(x, data_format, run)


def _depthwise(x: Tensor, kernel: Tensor, strides: Sizes, padding: str, dilation: Sizes) -> Tensor:
    if x.shape.rank == 3:  # images one row high; the kernel wants equal steps along both axes
        image, rows = tf.expand_dims(x, 1), tf.expand_dims(kernel, 0)
        return tf.squeeze(_depthwise(image, rows, [*strides] * 2, padding, [*dilation] * 2), [1])
    if len(set(strides)) == 1 and (max(strides) == 1 or max(dilation) == 1):
        return tf.nn.depthwise_conv2d(x, kernel, [1, *strides, 1], padding, None, list(dilation))
    # no kernel for such steps: every place is computed, and those between are left out
    if padding == "SAME":
        x = tf.pad(x, _same_padding(x, kernel, strides, dilation))
    dense = tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID", None, list(dilation))
    return dense[:, :: strides[0], :: strides[1]]


def _same_padding(x: Tensor, kernel: Tensor, strides: Sizes, dilation: Sizes) -> list[Any]:
    """The zeros that padding "same" stands for, by axis."""
    widths: list[Any] = [[0, 0]]
    spatial = zip(dynamic_shape(x)[1:-1], kernel.shape, strides, dilation, strict=False)
    for size, taps, step, gap in spatial:
        total = tf.maximum((-(-size // step) - 1) * step + gap * (taps - 1) + 1 - size, 0)
        widths.append([total // 2, total - total // 2])
    return [*widths, [0, 0]]


def convolution_transpose(
    x: Tensor,
    kernel: Tensor,
    strides: Sizes,
    padding: str,
    output_padding: Sequence[int | None],
    dilation: Sizes,
    data_format: str,
) -> Tensor:
    """The gradient of a convolution by its input; the kernel is (*window, filters, channels)."""

    def run(x: Tensor) -> Tensor:
        axes = list(zip(kernel.shape, strides, output_padding, dilation, strict=False))
        dilated = max(dilation) > 1
        # with padding "same", half an even window cannot be cut off evenly
        uneven = padding == "same" and any(
            (gap * (taps - 1)) % 2 == 1 and extra == 0 for taps, _, extra, gap in axes
        )
        if dilated and (uneven or len(axes) == 3 or not _native("dilation", x.dtype.name)):
            return _transpose_by_convolution(x, kernel, padding, axes)
        sizes = dynamic_shape(x)
        # each length is linear in the input's, so one formula serves numbers and tensors
        lengths = [
            shapes.transposed_length(size, taps, padding, step, extra, gap)
            for size, (taps, step, extra, gap) in zip(sizes[1:-1], axes, strict=True)
        ]
        if uneven:
            return _transpose_and_crop(x, kernel, strides, lengths, axes)
        shape = tf.stack([sizes[0], *lengths, kernel.shape[-2]])
        steps = {"strides": list(strides), "padding": padding.upper()}
        return tf.nn.conv_transpose(x, kernel, shape, **steps, dilations=list(dilation))

    return _with_channels_last(x, data_format, run)


def _growth(taps: int, padding: str, step: int, extra: int | None, gap: int) -> int:
    """How much longer than `step` times the input's length a transposed convolution's result is."""
    return int(shapes.transposed_length(1, taps, padding, step, extra, gap)) - step


def _transpose_by_convolution(
    x: Tensor, kernel: Tensor, padding: str, axes: Sequence[Any]
) -> Tensor:
    """Without strides, the transpose is a convolution with the window turned round.

    Not every kernel for the transpose knows dilation.
    """
    widths = [[0, 0]]
    for taps, step, extra, gap in axes:
        reach = gap * (taps - 1)
        cut = reach - _growth(taps, padding, step, extra, gap)
        widths.append([reach - cut // 2, reach - (cut - cut // 2)])
    rank = len(axes)
    turned = tf.transpose(tf.reverse(kernel, range(rank)), [*range(rank), rank + 1, rank])
    padded = tf.pad(x, [*widths, [0, 0]])
    return _convolve(padded, turned, [1] * rank, "VALID", [gap for *_, gap in axes])


def _transpose_and_crop(
    x: Tensor, kernel: Tensor, strides: Sizes, lengths: Sequence[Any], axes: Sequence[Any]
) -> Tensor:
    """For lengths that the kernel refuses with padding "same": the unpadded result, cut."""
    sizes = dynamic_shape(x)
    starts, whole = [], []
    for size, (taps, step, extra, gap) in zip(sizes[1:-1], axes, strict=True):
        growth = _growth(taps, "same", step, extra, gap)
        start = max(taps - step - growth, 0) // 2
        starts.append(start)
        whole.append(size * step + max(taps - step, start + growth))
    shape = tf.stack([sizes[0], *whole, kernel.shape[-2]])
    result = tf.nn.conv_transpose(x, kernel, shape, list(strides), "VALID")
    return tf.slice(result, [0, *starts, 0], tf.stack([-1, *lengths, -1]))


def pool(
    x: Tensor, kind: str, window: Sizes, strides: Sizes, padding: str, data_format: str
) -> Tensor:
    """The largest ("max") or mean ("average") value in each window; padding never counts."""
    kernel = tf.nn.max_pool if kind == "max" else tf.nn.avg_pool

    def run(x: Tensor) -> Tensor:
        if x.shape.rank == 5 and x.dtype not in (tf.float32, tf.bfloat16):
            return _pool_by_planes(x, kernel, window, strides, padding.upper())
        # the gradient over three axes asks for the layout by name
        layout = {3: "NWC", 4: "NHWC", 5: "NDHWC"}[x.shape.rank]
        return kernel(x, list(window), list(strides), padding.upper(), layout)

    return _with_channels_last(x, data_format, run)


def _pool_by_planes(
    x: Tensor, kernel: Callable[..., Tensor], window: Sizes, strides: Sizes, padding: str
) -> Tensor:
    """For dtypes without a kernel over three axes: over the last two, then over the first."""
    batch, depth, *plane, channels = dynamic_shape(x)
    flat = tf.reshape(x, tf.stack([batch * depth, *plane, channels]))
    flat = kernel(flat, window[1:], strides[1:], padding)
    plane = dynamic_shape(flat)[1:3]
    rows = tf.reshape(flat, tf.stack([batch, depth, plane[0] * plane[1], channels]))
    rows = kernel(rows, [window[0], 1], [strides[0], 1], padding)
    return tf.reshape(rows, tf.stack([batch, dynamic_shape(rows)[1], *plane, channels]))


def adaptive_pool(x: Tensor, kind: str, sizes: Sizes, data_format: str) -> Tensor:
    """The largest ("max") or mean ("average") value in as many windows as `sizes` says."""

    def run(x: Tensor) -> Tensor:
        for axis, size in enumerate(sizes, 1):
            x = _adaptive_axis(x, axis, size, kind)
        return x

    return _with_channels_last(x, data_format, run)


def _adaptive_axis(x: Tensor, axis: int, size: int, kind: str) -> Tensor:
    """One axis after the other: windows are boxes, so the order does not matter."""
    length = x.shape[axis]
    starts = [i * length // size for i in range(size)]
    stops = [-(-(i + 1) * length // size) for i in range(size)]
    if kind == "average":
        weights = np.zeros((size, length))
        for row, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            weights[row, start:stop] = 1 / (stop - start)
        result = tf.tensordot(x, tf.constant(weights, x.dtype), [[axis], [1]])
        rank = x.shape.rank
        return tf.transpose(result, [*range(axis), rank - 1, *range(axis, rank - 1)])
    widest = max(stop - start for start, stop in zip(starts, stops, strict=True))
    # a window narrower than the widest repeats its last place
    places = np.minimum(np.add.outer(starts, np.arange(widest)), np.array(stops)[:, None] - 1)
    return tf.reduce_max(tf.gather(x, places, axis=axis), axis + 1)


def rearranged_blocks(name: str, x: Tensor, block: int, data_format: str) -> Tensor:
    """Blocks of pixels as channels or the reverse: "space_to_depth" or "depth_to_space"."""
    kernel = getattr(tf.nn, name)
    if data_format == "channels_first":  # the processor has kernels for channels last only
        return tf.transpose(kernel(tf.transpose(x, [0, 2, 3, 1]), block), [0, 3, 1, 2])
    return kernel(convert(x), block)
