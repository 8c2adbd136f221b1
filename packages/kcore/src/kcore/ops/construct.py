"""New tensors: ranges, grids, diagonals, triangles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays as form
from kcore.ops import math as arithmetic
from kcore.ops import reduction
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Tensor

__all__ = [
    "diag",
    "diagonal",
    "empty",
    "empty_like",
    "identity",
    "linspace",
    "meshgrid",
    "trace",
    "tri",
    "tril",
    "triu",
]


def array(x: Any, dtype: Any = None) -> Tensor:
    """A tensor with the value of an array, a number, a list or a variable."""
    return form.convert_to_tensor(x, dtype)


def empty(shape: Sequence[Any], dtype: Any = None) -> Tensor:
    """A tensor whose values do not matter; they are zero."""
    return form.zeros(shape, dtype)


def empty_like(x: Tensor, dtype: Any = None) -> Tensor:
    """A tensor in the shape of x whose values do not matter; they are zero."""
    return form.zeros_like(x, dtype=dtype)


def identity(n: int, dtype: Any = None) -> Tensor:
    """Ones on the diagonal of an n by n matrix."""
    return form.eye(n, dtype=dtype)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Numbers at equal distances.

    Args:
        start: the first; a number or a tensor.
        stop: the last, or the one behind the last without `endpoint`.
        num: how many.
        endpoint: whether `stop` is among them.
        retstep: whether to give the distance too.
        dtype: of the result; a float if None.
        axis: where the numbers lie, if start and stop are tensors.

    Example:
        >>> linspace(0.0, 1.0, 3).numpy().tolist()
        [0.0, 0.5, 1.0]
    """
    if num < 0:
        raise ConfigurationError(f"linspace: num must be at least 0; received {num}.")
    kinds = [rules.spec(value)[1] for value in (start, stop)]
    kind = dtypes.combine(*kinds)
    if not dtypes.is_float(kind):
        kind = config.floatx()
    low, high = (form.cast(form.convert_to_tensor(value), kind) for value in (start, stop))
    parts = num - 1 if endpoint else num
    share = form.cast(form.arange(num), kind) / max(parts, 1)
    rank = len(shapes.broadcast(rules.spec(low)[0], rules.spec(high)[0]))
    at = shapes.normalize_axis(axis, rank + 1)
    share = form.reshape(share, [num if i == at else 1 for i in range(rank + 1)])
    if rank:
        zero = arithmetic.multiply(arithmetic.add(low, high), 0)
        low = form.expand_dims(arithmetic.add(low, zero), at)
        high = form.expand_dims(arithmetic.add(high, zero), at)
    # weighing both ends gives each of them exactly
    values = arithmetic.add(low * (1 - share), high * share)
    if dtype is not None:
        values = form.cast(values, dtype)
    if not retstep:
        return values
    step = (high - low) / parts if parts > 0 else (high - low) * float("nan")
    return values, form.squeeze(step, at) if rank else step


def _grid_rule(*x: Any, indexing: str = "xy") -> list[SymbolicTensor]:
    if indexing not in ("xy", "ij"):
        raise ConfigurationError(f"meshgrid: indexing must be 'xy' or 'ij'; received {indexing!r}.")
    specs = [rules.spec(part) for part in x]
    if any(len(shape) > 1 for shape, _ in specs):
        raise ShapeError(
            f"meshgrid takes tensors with one axis; received {[shape for shape, _ in specs]}."
        )
    sizes = [shape[0] if shape else 1 for shape, _ in specs]
    if indexing == "xy" and len(sizes) > 1:
        sizes[:2] = sizes[1::-1]
    return [rules.make(tuple(sizes), dtype) for _, dtype in specs]


@operation(_grid_rule)
def meshgrid(*x: Tensor, indexing: str = "xy") -> list[Tensor]:
    """The coordinates of every point of a grid, a tensor for each axis.

    Args:
        *x: the coordinates along each axis, vectors.
        indexing: "xy" puts the second vector on the first axis, as for pictures; "ij" keeps their
            order.

    Example:
        >>> a, b = meshgrid([1, 2, 3], [4, 5])
        >>> a.numpy().tolist(), b.numpy().tolist()
        ([[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]])
    """
    _grid_rule(*x, indexing=indexing)
    tensors = [backend.math.reshape(part, [-1]) for part in x]
    sizes = [backend.tensor.dynamic_shape(part)[0] for part in tensors]
    places = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        places[:2] = [1, 0]
    whole = [sizes[places[i]] for i in range(len(sizes))]
    grids = []
    for part, place in zip(tensors, places, strict=True):
        along = backend.math.reshape(part, [-1 if i == place else 1 for i in range(len(whole))])
        grids.append(backend.math.broadcast_to(along, whole))
    return grids


def _length(rows: int | None, columns: int | None, offset: int) -> int | None:
    """Elements of a diagonal."""
    if rows is None or columns is None:
        return None
    return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))


def _diagonal_rule(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> SymbolicTensor:
    shape, dtype = rules.spec(x)
    if len(shape) < 2:
        raise ShapeError(f"A diagonal needs at least two axes; received {shape}.")
    rows, columns = (shapes.normalize_axis(a, len(shape)) for a in (axis1, axis2))
    if rows == columns:
        raise ConfigurationError(
            f"diagonal: axis1 and axis2 must differ; received {axis1} and {axis2}."
        )
    rest = tuple(size for i, size in enumerate(shape) if i not in (rows, columns))
    return rules.make((*rest, _length(shape[rows], shape[columns], offset)), dtype)


@operation(_diagonal_rule)
def diagonal(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The elements of a diagonal, as a new last axis.

    Args:
        x: with at least two axes.
        offset: above 0 for a diagonal over the main one, below 0 for one under it.
        axis1: the rows.
        axis2: the columns.

    Example:
        >>> diagonal([[1, 2], [3, 4]]).numpy().tolist()
        [1, 4]
    """
    _diagonal_rule(x, offset, axis1, axis2)
    rank = len(rules.spec(x)[0])
    last = [a % rank for a in (axis1, axis2)]
    order = [i for i in range(rank) if i not in last] + last
    return backend.linalg.diagonal(backend.math.transpose(x, order), offset)


def _diag_rule(x: Any, k: int = 0) -> SymbolicTensor:
    shape, dtype = rules.spec(x)
    if len(shape) == 1:
        size = None if shape[0] is None else shape[0] + abs(k)
        return rules.make((size, size), dtype)
    if len(shape) == 2:
        return _diagonal_rule(x, k)
    raise ShapeError(f"diag takes a vector or a matrix; received {shape}.")


@operation(_diag_rule)
def diag(x: Tensor, k: int = 0) -> Tensor:
    """A matrix with the vector x on a diagonal, or a diagonal of the matrix x.

    Args:
        x: vector or matrix.
        k: above 0 for a diagonal over the main one, below 0 for one under it.

    Example:
        >>> diag([1, 2]).numpy().tolist()
        [[1, 0], [0, 2]]
    """
    _diag_rule(x, k)
    if len(rules.spec(x)[0]) == 1:
        return backend.linalg.diagonal_matrix(x, k)
    return backend.linalg.diagonal(x, k)


def trace(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of a diagonal; arguments as for `diagonal`."""
    return reduction.sum(diagonal(x, offset, axis1, axis2), -1)


def _band_rule(x: Any, k: int = 0) -> SymbolicTensor:
    shape, dtype = rules.spec(x)
    if len(shape) < 2:
        raise ShapeError(f"tril and triu need at least two axes; received {shape}.")
    return rules.make(shape, dtype)


@operation(_band_rule)
def tril(x: Tensor, k: int = 0) -> Tensor:
    """Matrices with zeros above the k-th diagonal.

    Example:
        >>> tril([[1, 2], [3, 4]]).numpy().tolist()
        [[1, 0], [3, 4]]
    """
    _band_rule(x, k)
    return backend.linalg.band(x, k, lower=True)


@operation(_band_rule)
def triu(x: Tensor, k: int = 0) -> Tensor:
    """Matrices with zeros below the k-th diagonal."""
    _band_rule(x, k)
    return backend.linalg.band(x, k, lower=False)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803
    """Ones on and below the k-th diagonal of an N by M matrix, zeros above it."""
    return tril(form.ones((N, N if M is None else M), dtype), k)
