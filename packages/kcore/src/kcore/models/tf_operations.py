"""Functions of TensorFlow that tf_keras records between layers, by their names in its files.

    TFOpLambda         "function": "math.reduce_mean"; the first tensor, then named arguments
    SlicingOpLambda    x[:, 0] as "__operators__.getitem" with "slice_spec"

The names are looked up in the tables here and nowhere else.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

from kcore import ops
from kcore.errors import LoadError
from kcore.models import tf_functions
from kcore.models.keras_operations import call_named

CLASSES = ("TFOpLambda", "SlicingOpLambda")
# what changes nothing of the result here
_SAID_NOTHING: dict[str, list[Any] | None] = {
    "conjugate": [False],
    "data_format": [None, "NHWC"],
    "dtype": [None],
    "dtype_hint": [None],
    "name": None,
    "output_type": ["int64", "int32"],
    "preserve_aspect_ratio": [False],
    "stable": None,
    "use_cudnn_on_gpu": None,
    "validate_indices": [None],
}
# arguments that are sizes of tensors
_SIZES = {"repeats", "shape", "size"}
# name there = name here
_BINARY = (
    "__operators__.add=add math.add=add math.subtract=subtract math.multiply=multiply "
    "math.divide=true_divide math.truediv=true_divide math.pow=power math.floordiv=floor_divide "
    "floor_div=floor_divide "
    "math.floormod=mod math.mod=mod math.maximum=maximum math.minimum=minimum "
    "math.greater=greater math.greater_equal=greater_equal math.less=less math.equal=equal "
    "math.less_equal=less_equal math.not_equal=not_equal math.logical_and=logical_and "
    "math.logical_or=logical_or math.logical_xor=logical_xor "
    "math.divide_no_nan=divide_no_nan"
)
_UNARY = (
    "math.abs=absolute math.negative=negative math.exp=exp math.expm1=expm1 math.log=log "
    "math.log1p=log1p math.sqrt=sqrt math.rsqrt=rsqrt math.square=square math.sin=sin math.cos=cos "
    "math.tan=tan math.asin=arcsin math.acos=arccos math.atan=arctan math.sinh=sinh math.cosh=cosh "
    "math.tanh=tanh nn.tanh=tanh math.sigmoid=sigmoid nn.sigmoid=sigmoid math.softplus=softplus "
    "nn.softplus=softplus math.sign=sign math.floor=floor math.ceil=ceil math.round=round "
    "math.erf=erf math.is_nan=isnan math.is_inf=isinf math.is_finite=isfinite "
    "math.logical_not=logical_not math.log_sigmoid=log_sigmoid math.reciprocal=reciprocal "
    "nn.relu=relu nn.relu6=relu6 "
    "nn.elu=elu nn.selu=selu nn.silu=silu nn.swish=silu nn.softsign=softsign identity=copy "
    "convert_to_tensor=copy stop_gradient=stop_gradient zeros_like=zeros_like ones_like=ones_like"
)
_REDUCTIONS = (
    "math.reduce_mean=mean math.reduce_sum=sum math.reduce_max=max math.reduce_min=min "
    "math.reduce_prod=prod math.reduce_any=any math.reduce_all=all math.reduce_std=std "
    "math.reduce_variance=var math.reduce_logsumexp=logsumexp"
)
# function here, and the names that arguments have there and here
_NAMED: dict[str, tuple[str, dict[str, str]]] = {
    "broadcast_to": ("broadcast_to", {"shape": "shape"}),
    "cast": ("cast", {"dtype": "dtype"}),
    "clip_by_value": ("clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "concat": ("concatenate", {"axis": "axis"}),
    "expand_dims": ("expand_dims", {"axis": "axis"}),
    "math.argmax": ("argmax", {"axis": "axis"}),
    "math.argmin": ("argmin", {"axis": "axis"}),
    "linalg.cross": ("cross", {"b": "x2"}),
    "math.atan2": ("arctan2", {"x": "x2"}),
    "math.cumprod": ("cumprod", {"axis": "axis"}),
    "math.cumsum": ("cumsum", {"axis": "axis"}),
    "math.scalar_mul": ("multiply", {"x": "x2"}),
    "nn.depth_to_space": ("depth_to_space", {"block_size": "block_size"}),
    "nn.gelu": ("gelu", {"approximate": "approximate"}),
    "nn.log_softmax": ("log_softmax", {"axis": "axis"}),
    "nn.softmax": ("softmax", {"axis": "axis"}),
    "nn.space_to_depth": ("space_to_depth", {"block_size": "block_size"}),
    "keras.backend.dot": ("dot", {"y": "x2"}),
    "math.top_k": ("top_k", {"k": "k", "sorted": "sorted"}),
    "one_hot": ("one_hot", {"depth": "num_classes", "axis": "axis"}),
    "repeat": ("repeat", {"repeats": "repeats", "axis": "axis"}),
    "reverse": ("flip", {"axis": "axis"}),
    "roll": ("roll", {"shift": "shift", "axis": "axis"}),
    "squeeze": ("squeeze", {"axis": "axis"}),
    "stack": ("stack", {"axis": "axis"}),
    "tile": ("tile", {"multiples": "repeats"}),
    "transpose": ("transpose", {"perm": "axes"}),
    "unstack": ("unstack", {"num": "num", "axis": "axis"}),
    "where": ("where", {"x": "x1", "y": "x2"}),
}


for _names, _arguments in (
    (_BINARY, {"y": "x2"}),
    (_UNARY, {}),
    (_REDUCTIONS, {"axis": "axis", "keepdims": "keepdims"}),
):
    for _item in _names.split():
        _there, _, _here = _item.partition("=")
        _NAMED[_there] = _here, _arguments


class Sizes:
    """The shape of a tensor as a value between operations; None for a size not known yet."""

    def __init__(self, sizes: tuple[Any, ...]) -> None:
        self.sizes = sizes


def _getitem(x: Any, slice_spec: Any) -> Any:
    def index(item: Any) -> Any:
        if isinstance(item, dict) and item.get("class_name") == "__ellipsis__":
            return Ellipsis
        return slice(item["start"], item["stop"], item["step"]) if isinstance(item, dict) else item

    many = isinstance(slice_spec, list)
    key: Any = tuple(index(item) for item in slice_spec) if many else index(slice_spec)
    if isinstance(x, Sizes):
        found = x.sizes[key[0] if many and len(key) == 1 else key]
        return Sizes(found) if isinstance(found, tuple) else found
    return ops.get_item(x, key)


def _shape(input: Any, out_type: Any = None) -> Sizes:
    return Sizes(tuple(input.shape))


def _reshape(tensor: Any, shape: Any) -> Any:
    """A size that is not known before there are data, such as the batch's, is the one left open."""
    sizes = list(shape.sizes if isinstance(shape, Sizes) else shape)
    if None in sizes and -1 in sizes:  # then the one that was left open follows from the others
        given = [size for size in tensor.shape if size is not None]
        known = math.prod(size for size in sizes if size not in (None, -1))
        if len(given) == len(tensor.shape) - 1 and known and math.prod(given) % known == 0:
            sizes[sizes.index(-1)] = math.prod(given) // known
    sizes = [-1 if size is None else size for size in sizes]
    if sizes.count(-1) > 1:
        raise LoadError(
            f"reshape to {list(shape)}: at most one size may be unknown before there are data."
        )
    return ops.reshape(tensor, sizes)


def _split(value: Any, num_or_size_splits: Any, axis: int = 0) -> Any:
    parts = num_or_size_splits
    if isinstance(parts, list):
        parts = [sum(parts[: i + 1]) for i in range(len(parts) - 1)]
    return ops.split(value, parts, axis=axis)


def _matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    turned = [
        ops.swapaxes(x, -1, -2) if turn else x for x, turn in ((a, transpose_a), (b, transpose_b))
    ]
    return ops.matmul(*turned)


def _pad(tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0) -> Any:
    fill = constant_values if mode.upper() == "CONSTANT" else None
    return ops.pad(tensor, paddings, mode.lower(), fill)


def _gather(params: Any, indices: Any, axis: Any = 0, batch_dims: int = 0) -> Any:
    if batch_dims:
        raise LoadError(f"gather with batch_dims={batch_dims} has no counterpart here.")
    return ops.take(params, indices, axis=axis or 0)


def _resize(images: Any, size: Any, method: str = "bilinear", antialias: bool = False) -> Any:
    return ops.image.resize(images, size, interpolation=str(method).lower(), antialias=antialias)


def _l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, epsilon)))


def _norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: Any = None) -> Any:
    order = 2 if ord == "euclidean" else ord
    return ops.norm(tensor, order, axis=axis, keepdims=bool(keepdims))


def _leaky_relu(features: Any, alpha: float = 0.2) -> Any:
    return ops.leaky_relu(features, alpha)


def _batch_flatten(x: Any) -> Any:
    return ops.reshape(x, (-1, math.prod(x.shape[1:])))


def _add_n(inputs: Any) -> Any:
    return functools.reduce(ops.add, inputs)


def _squared_difference(x: Any, y: Any) -> Any:
    return ops.square(ops.subtract(x, y))


_OTHERS: dict[str, Callable[..., Any]] = {
    **tf_functions.FUNCTIONS,
    "__operators__.getitem": _getitem,
    "shape": _shape,
    "reshape": _reshape,
    "split": _split,
    "linalg.matmul": _matmul,
    "pad": _pad,
    "gather": _gather,
    "image.resize": _resize,
    "math.l2_normalize": _l2_normalize,
    "nn.l2_normalize": _l2_normalize,
    "norm": _norm,
    "nn.leaky_relu": _leaky_relu,
    "keras.backend.batch_flatten": _batch_flatten,
    "math.add_n": _add_n,
    "math.squared_difference": _squared_difference,
}


def function_of(name: str) -> Callable[..., Any]:
    """What a function of TensorFlow computes, from its arguments by their names there.

    Args:
        name: such as "math.reduce_mean".

    Raises:
        LoadError: if nothing here does; the function raises it for arguments that are not known.

    Example:
        >>> float(function_of("math.pow")(2.0, y=3.0, name=None))
        8.0
    """
    name = name.removeprefix("compat.v1.")
    known = _OTHERS.get(name)
    names: dict[str, str] | None = None
    if known is None:
        if name not in _NAMED:
            raise LoadError(
                f"the model's configuration names the function tf.{name}, which nothing in "
                "kcore.ops stands for."
            )
        here, names = _NAMED[name]
        known = getattr(ops, here)
    return functools.partial(_call, name, known, names)


def _call(
    name: str, function: Any, names: dict[str, str] | None, /, *args: Any, **kwargs: Any
) -> Any:
    named: dict[str, Any] = {}
    for key, value in kwargs.items():
        neutral = _SAID_NOTHING.get(key, [])
        if neutral is None or value in neutral:
            continue
        if names is not None and key not in names:
            raise LoadError(f"tf.{name}: the argument {key}={value!r} has no counterpart here.")
        named[key if names is None else names[key]] = value
    if isinstance(named.get("axis"), list):
        named["axis"] = tuple(named["axis"])
    for key in _SIZES & named.keys() if name not in ("reshape", "ensure_shape") else ():
        sizes = named[key].sizes if isinstance(named[key], Sizes) else named[key]
        if isinstance(sizes, (list, tuple)) and None in sizes:
            raise LoadError(
                f"tf.{name}: {key}={list(sizes)} has a size that is not known before there are "
                "data, which has no counterpart here."
            )
    first = dict(zip(inspect.signature(function).parameters, args, strict=False))
    return call_named(function, {**first, **named})
