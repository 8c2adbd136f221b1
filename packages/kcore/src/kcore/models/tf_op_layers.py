"""Single operations that TensorFlow 2.0 to 2.3 recorded between layers: TensorFlowOpLayer.

    "node_def": {"op": "AddV2", "attr": {...}}     which operation, and what it was made with
    "constants": {"1": 2.0}                        inputs that are no tensors of the model

What an operation does is looked up in the tables here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import components, ops
from kcore.errors import LoadError, shown
from kcore.saving.reading import at
from kcore.typing import Config

CLASS = "TensorFlowOpLayer"
_CHANNELS_LAST = "TkhXQw=="  # NHWC as JSON has it
# operation there = name here
_PLAIN = (
    "Abs=absolute Add=add AddV2=add BiasAdd=add Ceil=ceil Cos=cos Div=true_divide Elu=elu "
    "Equal=equal Erf=erf Exp=exp Floor=floor FloorDiv=floor_divide FloorMod=mod Greater=greater "
    "GreaterEqual=greater_equal Identity=copy Less=less LessEqual=less_equal Log=log Log1p=log1p "
    "LogSoftmax=log_softmax LogicalAnd=logical_and LogicalNot=logical_not LogicalOr=logical_or "
    "Maximum=maximum Minimum=minimum Mul=multiply Neg=negative NotEqual=not_equal "
    "OnesLike=ones_like Pow=power RealDiv=true_divide Relu=relu Relu6=relu6 Round=round "
    "Rsqrt=rsqrt Selu=selu SelectV2=where Sigmoid=sigmoid Sign=sign Sin=sin Softmax=softmax "
    "Softplus=softplus Softsign=softsign Sqrt=sqrt Square=square StopGradient=stop_gradient "
    "Sub=subtract Tanh=tanh ZerosLike=zeros_like"
)
_REDUCTIONS = "All=all Any=any Max=max Mean=mean Min=min Prod=prod Sum=sum"
_DTYPES = (
    "DT_BOOL=bool DT_DOUBLE=float64 DT_FLOAT=float32 DT_HALF=float16 DT_INT32=int32 DT_INT64=int64"
)


def _table(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


def _whole(value: Any) -> Any:
    """Sizes, axes and places, as plain numbers and tuples."""
    return tuple(map(_whole, value)) if isinstance(value, list) else int(value)


def _reduced(function: str) -> Callable[..., Any]:
    def reduce(attributes: Config, x: Any, axis: Any) -> Any:
        keep = bool(attributes.get("keep_dims"))
        return getattr(ops, function)(x, axis=_whole(axis), keepdims=keep)

    return reduce


def _matmul(attributes: Config, a: Any, b: Any) -> Any:
    def turned(x: Any, *names: str) -> Any:
        return ops.swapaxes(x, -1, -2) if any(map(attributes.get, names)) else x

    return ops.matmul(turned(a, "transpose_a", "adj_x"), turned(b, "transpose_b", "adj_y"))


def _cast(attributes: Config, x: Any) -> Any:
    kind, known = attributes.get("DstT"), _table(_DTYPES)
    if not isinstance(kind, str) or kind not in known:
        raise LoadError(f"Cast: expected DstT to be one of {', '.join(known)}; got {shown(kind)}.")
    return ops.cast(x, known[kind])


def _part(attributes: Config, x: Any, *places: Any) -> Any:
    """x[begin:end:step] with the meanings that the masks give to places in it."""
    masks = {name: int(attributes.get(f"{name}_mask", 0)) for name in _MASKS}
    key: list[Any] = []
    for place, (first, last, step) in enumerate(zip(*map(_whole, places), strict=True)):
        begin, end, dots, new, single = (masks[name] >> place & 1 for name in _MASKS)
        cut: Any = slice(None if begin else first, None if end else last, step)
        key.append(Ellipsis if dots else None if new else first if single else cut)
    return ops.get_item(x, tuple(key))


_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
_SPECIAL: dict[str, Callable[..., Any]] = {
    "BatchMatMulV2": _matmul,
    "Cast": _cast,
    "ConcatV2": lambda _, *values: ops.concatenate(list(values[:-1]), axis=_whole(values[-1])),
    "ExpandDims": lambda _, x, axis: ops.expand_dims(x, axis=_whole(axis)),
    "LeakyRelu": lambda a, x: ops.leaky_relu(x, float(a["alpha"])),
    "MatMul": _matmul,
    "Pack": lambda a, *values: ops.stack(list(values), axis=int(a.get("axis", 0))),
    "Pad": lambda _, x, sides: ops.pad(x, _whole(sides)),
    "Reshape": lambda _, x, shape: ops.reshape(x, _whole(shape)),
    "SquaredDifference": lambda _, x, y: ops.square(ops.subtract(x, y)),
    "Squeeze": lambda a, x: ops.squeeze(x, axis=_whole(a["squeeze_dims"].get("i", [])) or None),
    "StridedSlice": _part,
    "Tile": lambda _, x, counts: ops.tile(x, _whole(counts)),
    "Transpose": lambda _, x, axes: ops.transpose(x, axes=_whole(axes)),
    **{name: _reduced(here) for name, here in _table(_REDUCTIONS).items()},
}


def function_of(config: Config) -> Callable[..., Any]:
    """What an operation computes of its tensors.

    Args:
        config: with "node_def" and "constants".

    Raises:
        LoadError: if nothing here does, or the configuration has another form.
    """
    with at("node_def"):
        node = config.get("node_def")
        if not isinstance(node, dict):
            raise LoadError(
                f"expected a dict with 'op' and 'attr'; received {shown(node)}. What TensorFlow "
                "2.0 wrote is not read: build the model in code and load its weights."
            )
        name, plain = node.get("op"), _table(_PLAIN)
        if not isinstance(name, str) or name not in plain | _SPECIAL:
            raise LoadError(f"the operation {shown(name)} of TensorFlow has no counterpart here.")
        attributes = {k: next(iter(v.values()), None) for k, v in node.get("attr", {}).items()}
        if attributes.get("data_format", _CHANNELS_LAST) != _CHANNELS_LAST:
            raise LoadError(f"{name}: expected channels in the last axis, 'NHWC'.")
    with at("constants"):
        constants = (config.get("constants") or {}).items()
        fixed = {int(key): components.array_value(value) for key, value in constants}

    def call(tensors: Any) -> Any:
        inputs = list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
        dtype = inputs[0].dtype
        for place, value in sorted(fixed.items()):
            inputs.insert(place, value)
        if name in _SPECIAL:
            return _SPECIAL[name](attributes, *inputs)
        made = [x if hasattr(x, "dtype") else _constant(x, dtype) for x in inputs]
        return getattr(ops, plain[name])(*made)

    return call


def _constant(value: Any, dtype: str) -> Any:
    """An input that is no tensor; those of one operation have one kind of numbers, but for bool."""
    found = np.asarray(value)
    return ops.convert_to_tensor(found, "bool" if found.dtype == bool else dtype)
