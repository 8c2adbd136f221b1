"""Read the pickles inside the CIFAR and IMDB archives without ever running what a pickle names.

A pickle is a program that may call any function. This reader knows six names and binds each to a
passive record of its own: an array comes out as a description (shape, type, bytes), which is
checked and only then made an array. Nothing of numpy, let alone anything else, is called by a file.
"""

from __future__ import annotations

import io
import math
import pickle
from typing import Any, ClassVar

import numpy as np

from .errors import FormatError
from .opcodes import check_opcodes
from .split import Array

__all__ = ["read_pickle"]

_NUMBER_KINDS = "biuf"


class _ArrayType:
    """Stands for `numpy.ndarray`, which pickles only mention."""


class _Dtype:
    """What a pickled dtype says about itself."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        self.code = _short(code)
        self.order = "|"

    def __setstate__(self, state: Any) -> None:
        self.order = _short(state[1])

    def resolve(self) -> np.dtype[Any]:
        """The numpy type, if it is one of numbers or the type of object lists."""
        if self.code in ("O", "O4", "O8"):
            return np.dtype(object)
        dtype = np.dtype(self.order + self.code if self.order in ("<", ">") else self.code)
        if dtype.kind not in _NUMBER_KINDS:
            raise ValueError(f"the element type {self.code!r}")
        return dtype


def _short(text: Any) -> str:
    if not isinstance(text, (bytes, str)) or len(text) > 20:
        raise ValueError("an element type that is no short text")
    return text.decode("ascii", "replace") if isinstance(text, bytes) else text


class _ArrayRecord:
    """What a pickled array says about itself."""

    def __init__(self, *_: Any) -> None:
        self.state: Any = None
        self._array: Array | None = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def resolve(self) -> Array:
        """The array, after everything it declares was compared with what it holds."""
        if self._array is None:
            self._array = self._made()
        return self._array

    @property
    def nbytes(self) -> int:
        """Bytes of numbers that it holds."""
        data = self.state[4]
        return len(data) if isinstance(data, bytes) else 0

    def _made(self) -> Array:
        _, shape, dtype, fortran, data = self.state
        if not isinstance(dtype, _Dtype) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError("an array with a strange header")
        kind = dtype.resolve()
        count = math.prod(shape)
        if kind.hasobject:
            if not isinstance(data, list) or len(data) != count or len(shape) != 1:
                raise ValueError("an object array that is no plain list")
            array = np.empty(count, dtype=object)
            array[:] = data
            return array
        if not isinstance(data, bytes) or len(data) != count * kind.itemsize:
            raise ValueError(f"an array of shape {tuple(shape)} with other data than declared")
        values: Array = np.frombuffer(data, dtype=kind).copy()
        return values.reshape(tuple(shape), order="F" if fortran else "C")


class _Reader(pickle.Unpickler):
    """An unpickler with a closed table of names."""

    KNOWN: ClassVar[dict[tuple[str, str], Any]] = {
        ("numpy.core.multiarray", "_reconstruct"): _ArrayRecord,
        ("numpy._core.multiarray", "_reconstruct"): _ArrayRecord,
        ("numpy", "ndarray"): _ArrayType,
        ("numpy", "dtype"): _Dtype,
    }

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="bytes")
        self._left = len(data)

    def _encode(self, text: Any, encoding: Any = "latin1") -> bytes:
        """What Python 3 writes for bytes under the old protocols: each text once."""
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise ValueError("text in an unknown encoding")
        self._left -= len(text)
        if self._left < 0:
            raise ValueError("more bytes made of text than there are")
        return text.encode("latin1")

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return self._encode
        try:
            return self.KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which no data set needs"
            ) from None


def read_pickle(data: bytes, where: str) -> Any:
    """Read a pickle of arrays, lists, dictionaries, texts and numbers.

    Args:
        data: The pickle, of Python 2 or 3.
        where: What it is, to begin an error with.

    Returns:
        The object; texts of Python 2 come as bytes, arrays as numpy arrays.

    Raises:
        FormatError: If the pickle is damaged, asks for any other name, or describes an array that
            its bytes do not make.

    Example:
        >>> read_pickle(pickle.dumps({"labels": [1, 2]}), "The file toy")
        {'labels': [1, 2]}
    """
    try:
        check_opcodes(data)
        return _resolve(_Reader(data).load(), len(data))
    except Exception as error:  # a damaged pickle raises almost anything
        reason = f"{type(error).__name__}: {error}"
        raise FormatError(f"{where} holds no readable data ({reason}).") from error


def _resolve(value: Any, size: int) -> Any:
    """Records to arrays, at the depth where data sets have them."""
    items = value.values() if isinstance(value, dict) else [value]
    records = {id(item): item for item in items if isinstance(item, _ArrayRecord)}
    if sum(record.nbytes for record in records.values()) > size:  # they share what they hold
        raise ValueError(f"arrays of more than the {size} bytes that there are")
    if isinstance(value, _ArrayRecord):
        return value.resolve()
    if isinstance(value, dict):
        return {
            key: item.resolve() if isinstance(item, _ArrayRecord) else item
            for key, item in value.items()
        }
    return value
