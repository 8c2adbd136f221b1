"""Weights as earlier generations of Keras arranged them, rearranged for the layers of today.

    Keras 1 LSTM, GRU     an array a gate: W_i, U_i, b_i, W_c ... in the order i, c, f, o; z, r, h
    Keras 1 Conv1D        kernels with an axis of size one in the middle
    Theano's order        kernels (filters, channels, rows, columns)
    Theano's kernels      turned by half a circle
    CuDNN                 each gate's kernel as (units, features), two biases

Nothing is read here: each answer is the data sets themselves, or what is to be made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kcore.saving.assignments import Derived

_LSTM_GATES, _GRU_GATES = (0, 2, 1, 3), (0, 1, 2)
_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose")


def rearranged(
    layer: Any, data: Sequence[Any], shapes: Sequence[Any], version: tuple[int, ...], backend: str
) -> list[Any]:
    """The arrays of a layer as today's layer wants them.

    Args:
        layer: which they belong to.
        data: its data sets in the file's order.
        shapes: of the layer's weights.
        version: numbers of the version of Keras that wrote them.
        backend: that it ran on.

    Returns:
        A data set or a Derived for each weight; the data sets as given where nothing is known.
    """
    name = type(layer).__name__
    inner = [getattr(layer, attribute, None) for attribute in ("forward_layer", "backward_layer")]
    if None not in inner and len(data) % 2 == 0:
        half, own = len(data) // 2, len(shapes) // 2
        first = rearranged(inner[0], data[:half], shapes[:own], version, backend)
        return first + rearranged(inner[1], data[half:], shapes[own:], version, backend)
    if name == "TimeDistributed":
        return rearranged(layer.layer, data, shapes, version, backend)
    if version < (2,) and len(data) in (9, 12) and len(shapes) == 3:
        return _gates(data)
    if len(data) == len(shapes) == 3 and hasattr(getattr(layer, "cell", None), "own_bias"):
        return _biases(layer, data, shapes[2]) if version < (3,) else list(data)
    if name in _CONVOLUTIONS and len(data) == len(shapes):
        return [_kernel(data[0], shapes[0], version, backend), *data[1:]]
    return list(data)


def _gates(data: Sequence[Any]) -> list[Any]:
    """The arrays of all gates side by side."""
    order = _LSTM_GATES if len(data) == 12 else _GRU_GATES

    def joined(kind: int) -> Derived:
        parts = [data[3 * gate + kind] for gate in order]
        width = sum(part.shape[-1] for part in parts if part.shape)
        return Derived(parts, (*parts[0].shape[:-1], width), lambda *a: np.concatenate(a, -1))

    return [joined(kind) for kind in range(3)]


def _biases(layer: Any, data: Sequence[Any], wanted: Any) -> list[Any]:
    """Kernels and biases between CuDNN's arrangement and the plain one."""
    kernel, recurrent, bias = data
    units = layer.cell.units
    gates = len(bias.shape) == 1 and {8 * units: 4, 6 * units: 3}.get(bias.shape[0])
    if not gates or len(kernel.shape) != 2:
        return [kernel, recurrent, _converted(layer, bias, wanted)]
    return [
        Derived([kernel], kernel.shape, lambda a: _by_gate(a, gates, _plain_kernel)),
        Derived([recurrent], recurrent.shape, lambda a: _by_gate(a, gates, np.transpose)),
        _converted(layer, bias, wanted),
    ]


def _converted(layer: Any, bias: Any, wanted: Any) -> Any:
    if tuple(bias.shape) == tuple(wanted):
        return bias
    return Derived([bias], wanted, layer.cell.own_bias)


def _by_gate(array: Any, gates: int, change: Callable[[Any], Any]) -> Any:
    return np.concatenate([change(part) for part in np.split(array, gates, 1)], 1)


def _plain_kernel(kernel: Any) -> Any:
    """CuDNN reads the numbers of a gate's kernel as (units, features)."""
    return kernel.reshape(kernel.shape[::-1]).T


def _kernel(data: Any, wanted: Any, version: tuple[int, ...], backend: str) -> Any:
    """A kernel (..., channels, filters), from Theano's orders and those of Keras 1."""
    shape, wanted = tuple(data.shape), tuple(wanted)
    rank = len(wanted)
    spatial = tuple(range(rank - 2))
    steps: list[Callable[[Any], Any]] = []
    if version < (2,) and rank == 3 and shape == (wanted[0], 1, *wanted[1:]):
        steps.append(lambda a: a[:, 0])
    elif version < (2,) and len(shape) == rank and _theano_order(shape) == wanted != shape:
        steps.append(lambda a: np.transpose(a, (*range(2, rank), 1, 0)))
    if backend == "theano":
        steps.append(lambda a: np.flip(a, spatial))
    if not steps:
        return data

    def change(array: Any) -> Any:
        for step in steps:
            array = step(array)
        return array

    return Derived([data], wanted, change)


def _theano_order(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[2:], shape[1], shape[0])
