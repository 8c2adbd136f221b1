"""Operations between layers under the names of Keras 3, which reads and writes them as classes.

    x + y              keras.src.ops.numpy, "Add", no config; tensors are the arguments of the call
    ops.mean(x, 1)     keras.src.ops.numpy, "Mean", config {"axis": 1, "keepdims": False}

A class takes what is no tensor in its configuration; the names are those of the function.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from kcore import naming, ops
from kcore.graph.symbolic import find_symbolic
from kcore.ops.operation import find_function
from kcore.typing import Config

_PREFIX = "keras.src.ops."
# classes of Keras by module; a function here has the name of its class, in small letters
_CLASSES = {
    "core": "Cast Scatter ScatterUpdate Slice SliceUpdate StopGradient Unstack",
    "image": "AffineTransform CropImages ExtractPatches GaussianBlur HSVToRGB MapCoordinates "
    "PadImages PerspectiveTransform RGBToGrayscale RGBToHSV Resize",
    "linalg": "Cholesky Det Eig Eigh Inv Lstsq LuFactor MatrixRank Norm Pinv Qr SVD Solve "
    "SolveTriangular",
    "math": "Erf Erfinv ExtractSequences FFT FFT2 IFFT2 IRFFT ISTFT InTopK Logdet Logsumexp RFFT "
    "Rsqrt STFT SegmentMax SegmentMin SegmentProd SegmentSum TopK",
    "nn": "AdaptiveAveragePool AdaptiveMaxPool AveragePool BinaryCrossentropy CTCLoss "
    "CategoricalCrossentropy Conv ConvTranspose DepthToSpace DepthwiseConv DotProductAttention Elu "
    "Gelu HardSigmoid HardSilu LeakyRelu LogSigmoid LogSoftmax MaxPool Moments MultiHot Normalize "
    "OneHot Relu Relu6 Selu SeparableConv Sigmoid Silu Softmax Softplus Softsign SpaceToDepth "
    "SparseCategoricalCrossentropy",
    "numpy": "Abs Absolute Add All Amax Amin Any Append Arccos Arccosh Arcsin Arcsinh Arctan "
    "Arctan2 Arctanh Argmax Argmin Argsort Average Bincount BroadcastTo Ceil Clip Concatenate Copy "
    "Cos Cosh CountNonzero Cross Cumprod Cumsum Diag Diagonal Diff Divide DivideNoNan Dot Einsum "
    "EmptyLike Equal Exp ExpandDims Expm1 Flip Floor FloorDivide FullLike GetItem Greater "
    "GreaterEqual Histogram Hsplit Hstack Inner Isclose Isfinite Isinf Isnan Less LessEqual Log "
    "Log10 Log1p Log2 LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max Maximum Mean Median "
    "Meshgrid Min Minimum Mod Moveaxis Multiply Negative Nonzero NotEqual OnesLike Outer Pad "
    "Percentile Power Prod Quantile Ravel Reciprocal Repeat Reshape Roll Round Sign Sin Sinh "
    "Slogdet Sort Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan "
    "Tanh Tensordot Tile Trace Transpose Tril Triu TrueDivide Unique Var Vdot Vsplit Vstack Where "
    "ZerosLike",
}
_MODULES = {name: module for module, names in _CLASSES.items() for name in names.split()}
_OTHER_NAMES = {"getitem": "GetItem", "_elu": "Elu"}
_BY_FUNCTION = {naming.snake_case(name): name for name in _MODULES} | _OTHER_NAMES
# arguments of the call; the first one only where a class is not named here
_CALLS = {
    name: tuple(arguments.split())
    for arguments, names in {
        "x1 x2": "Add Append Arctan2 Cross Divide DivideNoNan Dot Equal FloorDivide Greater "
        "GreaterEqual Inner Less LessEqual LogicalAnd LogicalOr LogicalXor Matmul Maximum Minimum "
        "Mod Multiply NotEqual Outer Power Subtract Tensordot TrueDivide Vdot",
        "x1 x2 rtol atol": "Isclose",
        "x key": "GetItem",
        "x weights": "Average",
        "x indices": "Take TakeAlongAxis",
        "x q": "Percentile Quantile",
        "x constant_values": "Pad",
        "x fill_value": "FullLike",
        "condition x1 x2": "Where",
        "a b": "Lstsq Solve SolveTriangular",
        "inputs kernel": "Conv ConvTranspose DepthwiseConv",
        "inputs depthwise_kernel pointwise_kernel": "SeparableConv",
        "target output": "BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy",
        "target output target_length output_length": "CTCLoss",
        "query key value bias mask scale": "DotProductAttention",
        "data segment_ids": "SegmentMax SegmentMin SegmentProd SegmentSum",
        "targets predictions": "InTopK",
        "images transform": "AffineTransform",
        "images start_points end_points": "PerspectiveTransform",
        "inputs coordinates": "MapCoordinates",
        "indices values": "Scatter",
        "inputs indices updates": "ScatterUpdate",
        "inputs start_indices": "Slice",
        "inputs start_indices updates": "SliceUpdate",
    }.items()
    for name in names.split()
}


def is_operation(entry: Config) -> bool:
    """Whether an entry of a model's configuration is one; some have the name of a layer too."""
    if "module" in entry:
        return str(entry["module"]).startswith(_PREFIX)
    # .h5 files of Keras do not say it; a layer's configuration has these
    config = entry.get("config")
    if not isinstance(config, dict) or {"trainable", "layers"} & set(config):
        return False
    return entry.get("class_name") in _MODULES


def function_of(entry: Config) -> Callable[..., Any] | None:
    """What an entry of Keras computes, from the arguments of its call; None if nothing here does.

    Args:
        entry: dict with "class_name" and "config".
    """
    name = str(entry["class_name"])
    if name not in _MODULES:
        return None
    function = getattr(ops, naming.snake_case(name), None)
    function = function or getattr(ops.image, naming.snake_case(name), None)
    if function is None:
        return None
    fixed = {key: value for key, value in entry["config"].items() if key != "name"}
    if name == "Einsum":
        return functools.partial(function, fixed["subscripts"])
    if name == "GetItem":  # an index is a tuple, which JSON does not know
        return lambda x, key: function(x, tuple(key) if isinstance(key, list) else key)
    return functools.partial(_call, function, fixed, _CALLS.get(name))


def _call(
    function: Callable[..., Any],
    fixed: Config,
    names: tuple[str, ...] | None,
    /,
    *args: Any,
    **kwargs: Any,
) -> Any:
    if names is None:
        return function(*args, **kwargs, **fixed)
    return call_named(function, {**dict(zip(names, args, strict=False)), **kwargs, **fixed})


def call_named(function: Callable[..., Any], arguments: Config) -> Any:
    """Calls a function of kcore.ops, whose rules of shapes take arguments by their order."""
    bound = inspect.signature(function).bind(**arguments)
    return function(*bound.args, **bound.kwargs)


def entry_of(function: str, name: str, args: Any, kwargs: Any) -> tuple[Config, list[Any]] | None:
    """How Keras writes an operation: its entry, and the arguments of its call.

    Args:
        function: its name in kcore.ops.
        name: of the operation in the graph.
        args: of the call here.
        kwargs: likewise.

    Returns:
        None if Keras has no class for it, or it was called in a way that the class does not take.
    """
    found, cls = find_function(function), _BY_FUNCTION.get(function)
    if found is None or cls is None:
        return None
    if cls == "Einsum":
        fixed, call = {"subscripts": args[0]}, list(args[1:])
    else:
        bound = inspect.signature(found).bind(*args, **kwargs)
        bound.apply_defaults()
        first = next(iter(bound.arguments))
        names = _CALLS.get(cls, (first,))
        call = [bound.arguments[n] for n in names if n in bound.arguments]
        if cls == "GetItem":
            call[1] = _index(*call)
        fixed = {n: v for n, v in bound.arguments.items() if n not in names}
    if find_symbolic(fixed):
        return None
    entry = {
        "module": f"{_PREFIX}{_MODULES[cls]}",
        "class_name": cls,
        "config": {"name": name, **fixed},
        "registered_name": cls,
    }
    return entry, call


def _index(x: Any, key: Any) -> Any:
    """An index as a list, without an ellipsis, which Keras does not find again in .h5 files."""
    if key is Ellipsis:
        key = (key,)
    if not isinstance(key, tuple):
        return key
    if Ellipsis not in key:
        return list(key)
    used = sum(1 for item in key if item is not None and item is not Ellipsis)
    place = key.index(Ellipsis)
    return [*key[:place], *[slice(None)] * (len(x.shape) - used), *key[place + 1 :]]
