"""Tensors: make, convert, inspect. Everything else in the backend builds on this module."""

from __future__ import annotations

import os
from typing import Any

# TensorFlow prints notes about the processor at import unless it is told not to
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from kcore.errors import DtypeError, NoValuesError
from kcore.typing import Shape, Tensor

_MASK = "_kcore_mask"


def is_tensor(value: Any) -> bool:
    """Whether the value is a tensor of the backend (not an array, not a kcore Variable)."""
    return isinstance(value, tf.Tensor)


def convert(value: Any, dtype: str | None = None) -> Tensor:
    """A tensor with the value; the same object if it is one of the right dtype already.

    Python floats become float32, Python integers int32, arrays keep their dtype.
    """
    if isinstance(value, tf.Tensor):
        return value if dtype is None or value.dtype.name == dtype else tf.cast(value, dtype)
    if isinstance(value, (tf.RaggedTensor, tf.SparseTensor)):
        raise DtypeError(
            f"Expected a dense tensor, received {type(value).__name__}. Call .to_tensor() on it, "
            "or tf.sparse.to_dense."
        )
    try:
        tensor = tf.convert_to_tensor(value)
    except NoValuesError:
        raise
    except (TypeError, ValueError) as error:
        raise DtypeError(f"Cannot make a tensor of {type(value).__name__}: {error}") from None
    return tensor if dtype is None or tensor.dtype.name == dtype else tf.cast(tensor, dtype)


def to_numpy(value: Tensor) -> Any:
    """The value as a numpy array; only outside compiled code."""
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


# arrays of at least so many bytes share their memory with tensors; the device wants it aligned
_SHARED, ALIGNMENT = 2**14, 64


def adopt(array: Any, dtype: str) -> Tensor:
    """A tensor of a dtype over the memory of an array, where that can be; else a copy.

    Args:
        array: a numpy array that nobody else will change.
        dtype: of the tensor.
    """
    shareable = array.dtype.name == dtype and array.dtype.kind in "fiu" and array.dtype.isnative
    if (
        shareable
        and array.nbytes >= _SHARED
        and array.flags.c_contiguous
        and array.flags.writeable
        and array.ctypes.data % ALIGNMENT == 0
    ):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return convert(array, dtype)


def view(value: Tensor) -> Any:
    """The value as a numpy array that may share the tensor's memory; only to be read."""
    try:
        return np.asarray(memoryview(value))
    except (TypeError, ValueError, BufferError):  # bfloat16 has no buffer
        return to_numpy(value)


def in_graph() -> bool:
    """Whether code is being traced into a compiled function now."""
    return not tf.executing_eagerly()


def static_shape(value: Tensor) -> Shape:
    """The sizes known without running; None for the others."""
    return tuple(value.shape.as_list())


def dynamic_shape(value: Tensor) -> list[Any]:
    """Sizes by axis: integers where known, scalar tensors elsewhere."""
    known = static_shape(value)
    if None not in known:
        return list(known)
    sizes = tf.shape(value)
    return [sizes[axis] if size is None else size for axis, size in enumerate(known)]


def with_static_shape(value: Tensor, shape: Shape) -> Tensor:
    """The tensor, of which these sizes are known now; None where one is not."""
    value.set_shape(shape)
    return value


def dtype_of(value: Tensor) -> str:
    """The name of a tensor's dtype."""
    return str(value.dtype.name)


def cast(value: Tensor, dtype: str) -> Tensor:
    """The values in another dtype."""
    return tf.cast(value, dtype)


def identity(value: Tensor) -> Tensor:
    """The same values as another object, to which another mask can be attached."""
    return tf.identity(value)


def get_mask(value: Any) -> Tensor | None:
    """The mask that travels with a tensor, or None."""
    return getattr(value, _MASK, None)


def set_mask(value: Any, mask: Tensor | None) -> None:
    """Lets a mask travel with a tensor."""
    if mask is not None or hasattr(value, _MASK):
        setattr(value, _MASK, mask)


def get_logits(value: Any) -> tuple[str, Tensor] | None:
    """The activation ("softmax" or "sigmoid") that gave the tensor, and what it was applied to."""
    return getattr(value, "_kcore_logits", None)


def set_logits(value: Any, activation: str, logits: Tensor) -> None:
    """Remembers the logits behind probabilities: losses computed from them are exact and faster."""
    value._kcore_logits = (activation, logits)
