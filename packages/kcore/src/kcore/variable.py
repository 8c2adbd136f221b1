"""Variable: a named number store that takes memory when it is first read.

Until then it is a shape, a dtype and a way to make its first value, so building a model costs
nothing, and a model whose weights are loaded never runs an initializer.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kcore import backend, context, dtypes, naming, shapes
from kcore.errors import ShapeError
from kcore.typing import Shape, Tensor

_lock = threading.RLock()
# variables assigned outside compiled code since `journal` began, by id
_journal: dict[int, Variable] | None = None


@contextlib.contextmanager
def journal() -> Iterator[dict[int, Variable]]:
    """Notes which variables are assigned outside compiled code while a block runs."""
    global _journal
    before, _journal = _journal, {}
    try:
        yield _journal
    finally:
        _journal = before


class Variable:
    """A value that training changes and files keep.

    Args:
        initializer: first value: an array, a number, or a function `(shape, dtype)` called at the
            first read.
        shape: sizes by axis, all known; taken from the array if None.
        dtype: name of the dtype; taken from the array if None, else float32.
        trainable: whether optimizers change it.
        name: for files and messages, without '/'.

    Attributes:
        path: the name with those of the owners before it, for messages ("block/dense/kernel").
        regularizer: adds to the loss, or None.
        constraint: applied after each update, or None.
        summed: whether the value is the sum of what the devices of a distribution hold, as that of
            a metric is; else all devices hold the same.

    Raises:
        ShapeError: if a size is unknown, or an assigned value has another shape.

    Example:
        >>> v = Variable(lambda shape, dtype: np.ones(shape, dtype), shape=(2, 3))
        >>> v.shape, v.materialized
        ((2, 3), False)
    """

    # TensorFlow's gradient tape takes objects with this mark by their handle
    _should_act_as_resource_variable = True
    __array_ufunc__ = None

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        if not callable(initializer):
            array = np.asarray(initializer)
            if dtype is None:
                dtype = "float32" if array.dtype == np.float64 else array.dtype
            shape = array.shape if shape is None else shape
            initializer = _constant(array)
        self.shape: Shape = shapes.standardize(shape, f"shape of variable {name!r}")
        if None in self.shape:
            raise ShapeError(
                f"Variable {name!r} needs a shape with all sizes known; received {self.shape}."
            )
        self.dtype: str = dtypes.standardize(dtype or "float32")
        self.trainable = trainable
        self.name = naming.check(name or "variable", "Variable")
        self.path = self.name
        self.regularizer: Any = None
        self.constraint: Any = None
        self.summed = False
        self._initializer: Callable[..., Any] | None = initializer
        self._storage: Any = None
        self._adopted: Any = None
        self._copies: list[Any] | None = None

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return shapes.size_of(self.shape) or 0

    @property
    def materialized(self) -> bool:
        """Whether it has taken memory yet."""
        return self._storage is not None or self._adopted is not None

    @property
    def storage(self) -> Any:
        """The device's variable; made now if it was not yet."""
        if self._storage is None:
            self._materialize()
        if self._copies is not None:
            replica = context.replica()
            if replica is not None:
                return self._copies[replica.place]
        return self._storage

    @property
    def value(self) -> Tensor:
        """The value as a tensor."""
        replica = context.replica()
        if replica is not None and id(self) in replica.totals:
            return replica.totals[id(self)]
        sums = self._copies is not None and replica is None and self.summed
        if sums and not backend.tensor.in_graph():
            return backend.variable.total(self._copies or [])
        return backend.variable.read(self.storage)

    def place(self, devices: Sequence[str]) -> None:
        """Gives each device a copy of its own; steps that run on one change that copy.

        Args:
            devices: names; with one, or none, there are no copies any more.
        """
        if len(devices) == (1 if self._copies is None else len(self._copies)):
            self.storage  # noqa: B018 - reading it makes it
            return
        value = None if self._copies is None else self.value
        self._copies = None
        if value is not None:
            backend.variable.assign(self.storage, value)
        if len(devices) > 1:
            rest = [
                backend.variable.copy(self.storage, device, self.name, self.summed)
                for device in devices[1:]
            ]
            self._copies = [self.storage, *rest]

    def _write(self, write: Callable[[Any, Tensor], None], value: Tensor) -> None:
        """Writes to the copy of the running step, or outside of steps to all of them."""
        replica = context.replica()
        if replica is not None:
            replica.assigned[id(self)] = self
        elif _journal is not None and not backend.tensor.in_graph():
            _journal[id(self)] = self
        write(self.storage, value)
        if self._copies is None or replica is not None:
            return
        for copy in self._copies[1:]:
            write(copy, value * 0 if self.summed else value)

    def _materialize(self, value: Any = None) -> None:
        with _lock:
            if self._storage is not None:
                return
            initializer = self._initializer if value is None else _constant(value)

            def first() -> Tensor:
                if value is None and self._adopted is not None:
                    return backend.tensor.adopt(self._adopted, self.dtype)
                made = initializer(self.shape, self.dtype)  # type: ignore[misc]
                tensor = backend.tensor.convert(made, self.dtype)
                self._check_shape(backend.tensor.static_shape(tensor), "the initializer")
                return tensor

            self._storage = backend.variable.create(
                first, self.shape, self.dtype, self.trainable, self.name
            )
            self._initializer = self._adopted = None

    def adopt(self, array: Any) -> None:
        """Takes an array as the value without a copy, as far as the device allows.

        Never called inside compiled code. A variable that was not read yet goes on waiting: its
        initializer does not run, and no device is needed.

        Args:
            array: a numpy array that nobody else will change.

        Raises:
            ShapeError: if it has another shape.
        """
        self._check_shape(tuple(array.shape), "the array to adopt")
        if self.dtype not in ("bfloat16", "string"):  # numpy has neither
            array = array.astype(self.dtype, copy=False)
        with _lock:
            if self._storage is None:
                self._adopted = array
                return
        self._write(backend.variable.assign, backend.tensor.adopt(array, self.dtype))

    def view(self) -> Any:
        """The value as a numpy array that may share its memory; only to be read, and soon."""
        adopted = self._adopted
        if adopted is not None and adopted.dtype.name == self.dtype:
            return adopted
        return backend.tensor.view(self.value)

    def assign(self, value: Any) -> None:
        """Replaces the value; the shape must be the same, the dtype is converted.

        Raises:
            ShapeError: if the value has another shape.
        """
        if not backend.tensor.is_tensor(value):
            value = value.value if isinstance(value, Variable) else np.asarray(value)
        self._check_shape(tuple(value.shape), "the value to assign")
        if self._storage is None:
            # inside compiled code the value does not exist yet: start with the initializer's
            self._materialize(None if backend.tensor.in_graph() else value)
        self._write(backend.variable.assign, backend.tensor.convert(value, self.dtype))

    def assign_add(self, value: Any) -> None:
        """Adds to the value in place."""
        self._write(backend.variable.assign_add, backend.tensor.convert(value, self.dtype))

    def assign_sub(self, value: Any) -> None:
        """Subtracts from the value in place."""
        self.assign_add(-backend.tensor.convert(value, self.dtype))

    def _check_shape(self, shape: Shape, what: str) -> None:
        if not shapes.compatible(shape, self.shape):
            raise ShapeError(
                f"Variable {self.path!r} has shape {self.shape}; {what} has shape {tuple(shape)}."
            )

    def numpy(self) -> Any:
        """The value as a numpy array."""
        if self._adopted is not None:
            return np.array(self.view())
        return backend.tensor.to_numpy(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.numpy(), dtype=dtype)

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Tensor:
        return self.value if dtype is None else backend.tensor.cast(self.value, dtype)

    @property
    def handle(self) -> Any:
        """The device's handle, by which TensorFlow's gradient tape knows the variable."""
        return self.storage.handle

    def __float__(self) -> float:
        return float(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __repr__(self) -> str:
        state = "" if self.materialized else ", not read yet"
        return f"<Variable {self.path!r} shape={self.shape}, dtype={self.dtype}{state}>"


def _constant(value: Any) -> Callable[[Shape, str], Any]:
    def make(shape: Shape, dtype: str) -> Any:
        if tuple(value.shape) != tuple(shape) and value.shape == ():
            return np.full(shape, value)
        return value

    return make
