"""What layers cost: multiply-adds for one sample, bytes of weights, and who provides them."""

from __future__ import annotations

import math
from typing import Any

from kcore import tree
from kcore.layer import Layer
from kcore.plugins.catalogue import catalogue
from kcore.typing import Shape

_BYTES = {"float64": 8, "int64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1, "bool": 1}


def byte_size(weights: Any) -> int:
    """The bytes that weights take."""
    return sum(w.size * _BYTES.get(w.dtype, 4) for w in weights)


def provider(layer: Any) -> str:
    """The plugin that a layer's class comes from; "custom" if it comes from none."""
    identity = catalogue().identity_of(type(layer))
    return identity.partition("/")[0] if identity else "custom"


def multiply_adds(layer: Any, node: Any) -> int | None:
    """The multiplications with weights for one sample; None where a size is open.

    Every kernel is used once at each place of its input or output, whichever are fewer; a layer
    for which that is wrong has a method `multiply_adds(input_shape, output_shape)`. Additions,
    factors of single channels and products of inputs with each other are not counted.

    Args:
        layer: an operation counts nothing.
        node: its call.
    """
    if not isinstance(layer, Layer):
        return 0
    function = getattr(layer, "_function", None)
    if function is not None:
        parts = [multiply_adds(inner.operation, inner) for inner in function.nodes]
        return None if None in parts else sum(part for part in parts if part is not None)
    kernels = [w for w in layer.weights if "kernel" in w.path.rpartition("/")[2]]
    if not kernels or not node.inputs:
        return 0
    given = tuple(node.inputs[0].shape)
    made = tuple(tree.flatten(node.outputs)[0].shape)
    own = getattr(layer, "multiply_adds", None)
    if own is not None:
        count: int | None = own(given, made)
        return count
    recurrent = any("recurrent_kernel" in w.path for w in kernels)
    channels_first = getattr(layer, "data_format", None) == "channels_first"
    before = _places(given, channels_first)
    after = before if recurrent else _places(made, channels_first)
    if before is None or after is None:
        return None
    return sum(w.size for w in kernels) * min(before, after)


def _places(shape: Shape, channels_first: bool) -> int | None:
    """The number of places that a kernel is used at: all axes but the batch and the channels."""
    sizes = shape[2:] if channels_first else shape[1:-1]
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def count_text(number: int | None) -> str:
    """A large number in three digits: "3.87 G"; "?" if it is not known.

    Example:
        >>> count_text(3_870_000_000), count_text(12), count_text(None)
        ('3.87 G', '12', '?')
    """
    if number is None:
        return "?"
    value = float(number)
    for unit in ("", " k", " M", " G", " T"):
        if value < 999.5 or unit == " T":
            return f"{value:.3g}{unit}"
        value /= 1000
    return ""
