"""What a graph model is called with, matched to its inputs: by name or place, shape and dtype."""

from __future__ import annotations

from typing import Any

from kcore import backend, shapes, tree
from kcore.errors import DataError, ShapeError
from kcore.graph.function import Function
from kcore.graph.symbolic import SymbolicTensor


class GraphInputs:
    """The inputs of a graph model.

    Args:
        owner: name of the model, for errors.
        function: the graph.
        names: of the inputs.
    """

    def __init__(self, owner: str, function: Function, names: list[str]) -> None:
        self.owner = owner
        self.function = function
        self.names = names

    def values(self, inputs: Any, compute_dtype: str) -> list[Any]:
        """One tensor for each input, in its dtype unless it computes in another anyway.

        Raises:
            DataError: if their number or names do not fit.
            ShapeError: if a shape does not fit.
        """
        pairs = zip(self.match(inputs), self.function.flat_inputs, strict=True)
        return [self._fit(value, wanted, compute_dtype) for value, wanted in pairs]

    def match(self, inputs: Any) -> list[Any]:
        """What was given for each input, from a dict by name or from a list by place."""
        if isinstance(inputs, dict):
            by_key = isinstance(self.function.inputs, dict)
            keys = sorted(self.function.inputs) if by_key else self.names
            missing = [key for key in keys if key not in inputs]
            if missing:
                raise DataError(
                    f"Model {self.owner!r} needs the input {missing[0]!r}; received "
                    f"{sorted(inputs)}, expected {keys}."
                )
            return [inputs[key] for key in keys]
        flat = tree.flatten(inputs)
        if len(flat) != len(self.names):
            raise DataError(
                f"Model {self.owner!r} takes {len(self.names)} input(s), {self.names}; received "
                f"{len(flat)}. Give one array for each, as a list or as a dict by name."
            )
        return flat

    def check_data(self, x: Any) -> None:
        """Compares arrays with what the graph takes.

        Raises:
            DataError: if their number, names or dtypes do not fit.
            ShapeError: if a shape does not fit.
        """
        for value, wanted in zip(self.match(x), self.function.flat_inputs, strict=True):
            shape = (None, *value.shape[1:])
            if not shapes.compatible(shape, wanted.shape) and not _lacks_last(shape, wanted):
                raise ShapeError(self._problem(tuple(value.shape), wanted))
            is_text = value.dtype.kind in "USO"
            if is_text != (wanted.dtype == "string"):
                cure = "Turn text into numbers first." if is_text else "Give text."
                raise DataError(
                    f"Model {self.owner!r}, input {wanted.name!r}: expected dtype {wanted.dtype}, "
                    f"received {value.dtype}. {cure}"
                )

    def _fit(self, value: Any, wanted: SymbolicTensor, compute_dtype: str) -> Any:
        symbolic = isinstance(value, SymbolicTensor)
        shape = value.shape if symbolic else backend.tensor.static_shape(value)
        if _lacks_last(shape, wanted):
            value, shape = _with_last_axis(value), (*shape, 1)
        if not shapes.compatible(shape, wanted.shape):
            raise ShapeError(self._problem(shape, wanted))
        if symbolic:
            return value
        own = backend.tensor.dtype_of(value)
        if own != wanted.dtype and own not in (compute_dtype, "string"):
            mask = backend.tensor.get_mask(value)
            value = backend.tensor.cast(value, wanted.dtype)
            backend.tensor.set_mask(value, mask)
        return value

    def _problem(self, shape: Any, wanted: SymbolicTensor) -> str:
        hint = ""
        if len(shape) == wanted.ndim - 1 and shapes.compatible((None, *shape), wanted.shape):
            hint = " Is the batch axis missing? Use x[None]."
        elif len(shape) == 3 and wanted.ndim == 4:
            hint = " Grey images need a channels axis: x[..., None]."
        return (
            f"Model {self.owner!r}, input {wanted.name!r}: expected shape "
            f"{shapes.describe(wanted.shape)}, received {shapes.describe(tuple(shape))}.{hint}"
        )


def _lacks_last(shape: Any, wanted: SymbolicTensor) -> bool:
    """Whether a last axis of size 1 is all that is missing."""
    return len(shape) == wanted.ndim - 1 and wanted.shape[-1] == 1


def _with_last_axis(value: Any) -> Any:
    if isinstance(value, SymbolicTensor):
        return SymbolicTensor((*value.shape, 1), value.dtype)
    return backend.math.expand_dims(value, -1)
