"""Where a kernel of another form keeps the weights of a locally connected layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kcore.typing import Shape

Sizes = tuple[int, ...]


def index_table(
    sizes: Sizes,
    places: Sizes,
    channels: int,
    filters: int,
    window: Sizes,
    strides: Sizes,
    cuts: Sizes,
    first: bool,
    dense: bool,
) -> tuple[Any, Shape]:
    """Where the kernel keeps the weight of each place, tap and filter; and the kernel's shape.

    Args:
        sizes: the input's spatial sizes.
        places: the output's spatial sizes.
        channels: of the input.
        filters: channels of the output.
        window: taps along each axis.
        strides: steps of the window.
        cuts: how far the first window of each axis begins before the input.
        first: whether the channels are in front of the spatial axes.
        dense: whether the kernel has a weight for every pair of an input and an output, in the
            order of their axes; else one row of the connected pairs, by output, then by input.

    Returns:
        Indices of shape (places, taps * channels, filters) into the flat kernel, one behind its
        last for taps outside of the input; and the kernel's shape.

    Example:
        >>> table, shape = index_table((3,), (2,), 1, 1, (2,), (1,), (0,), False, False)
        >>> table.ravel().tolist(), shape
        ([0, 1, 2, 3], (4,))
    """
    rank = len(sizes)
    # axes of the grids: places, taps, channel, filter
    starts = [np.arange(n) * s for n, s in zip(places, strides, strict=True)]
    taps = [np.arange(k) for k in window]
    grids = np.ix_(*starts, *taps, np.arange(channels), np.arange(filters))
    channel, filter_ = grids[-2:]
    at = [grids[axis] + grids[rank + axis] - cut for axis, cut in enumerate(cuts)]
    place = [grids[axis] // step for axis, step in enumerate(strides)]
    inside: Any = np.ones([grid.size for grid in grids], bool)
    for position, size in zip(at, sizes, strict=True):
        inside = inside & (position >= 0) & (position < size)
    input_axes = (channels, *sizes) if first else (*sizes, channels)
    output_axes = (filters, *places) if first else (*places, filters)
    inputs = _ravel([channel, *at] if first else [*at, channel], input_axes)
    outputs = _ravel([filter_, *place] if first else [*place, filter_], output_axes)
    if dense:
        index = inputs * math.prod(output_axes) + outputs
        shape: Shape = (*input_axes, *output_axes)
        length = math.prod((*input_axes, *output_axes))
    else:
        pairs = (outputs * math.prod(input_axes) + inputs)[inside]
        index = np.zeros(inside.shape, np.int64)
        index[inside] = np.argsort(np.argsort(pairs))
        shape, length = (pairs.size,), pairs.size
    index = np.where(inside, index, length)
    if first:  # the windows of such input have the channels in front of the taps
        index = np.moveaxis(index, 2 * rank, rank)
    return index.reshape(math.prod(places), -1, filters), shape


def _ravel(indices: list[Any], sizes: Sizes) -> Any:
    """One number for the indices along several axes, the last running fastest."""
    total: Any = 0
    for index, size in zip(indices, sizes, strict=True):
        total = total * size + index
    return total
