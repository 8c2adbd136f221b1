"""Linear algebra: decompositions, systems of equations, norms.

Matrices lie in the last two axes; any axes in front of them are a batch. Integers become `floatx`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kcore import backend, config, dtypes, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import arrays, reduction
from kcore.ops import math as arithmetic
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Shape, Tensor

__all__ = [
    "cholesky",
    "det",
    "eig",
    "eigh",
    "inv",
    "logdet",
    "lstsq",
    "lu_factor",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
]


def _floats(x: Any) -> Tensor:
    return backend.linalg.floats(x, config.floatx())


def _matrix(x: Any, owner: str, square: bool = False) -> tuple[Shape, str]:
    """Shape and float dtype of matrices."""
    shape, dtype = rules.spec(x)
    if len(shape) < 2 or (square and None not in shape[-2:] and shape[-1] != shape[-2]):
        kind = "square matrices (..., n, n)" if square else "matrices (..., rows, columns)"
        raise ShapeError(f"{owner} takes {kind}; received {shape}.")
    return shape, dtype if dtypes.is_float(dtype) else config.floatx()


def _least(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else min(a, b)


def _square_rule(name: str) -> Any:
    def rule(x: Any, *_: Any, **__: Any) -> SymbolicTensor:
        return rules.make(*_matrix(x, name, square=True))

    return rule


def _number_rule(x: Any) -> SymbolicTensor:
    shape, dtype = _matrix(x, "A determinant", square=True)
    return rules.make(shape[:-2], dtype)


@operation(_square_rule("cholesky"))
def cholesky(x: Tensor, upper: bool = False) -> Tensor:
    """The triangular factor L with x = L L^T of a positive definite matrix.

    Args:
        x: symmetric matrices; only the lower half is read.
        upper: whether to give L^T.

    Example:
        >>> cholesky([[4.0, 0.0], [0.0, 9.0]]).numpy().tolist()
        [[2.0, 0.0], [0.0, 3.0]]
    """
    return backend.linalg.cholesky(_floats(x), upper)


@operation(_number_rule)
def det(x: Tensor) -> Tensor:
    """The determinant of each square matrix."""
    return backend.linalg.determinant(_floats(x))


def _slogdet_rule(x: Any) -> tuple[SymbolicTensor, SymbolicTensor]:
    return _number_rule(x), _number_rule(x)


@operation(_slogdet_rule)
def slogdet(x: Tensor) -> tuple[Tensor, Tensor]:
    """The sign of the determinant and the logarithm of its size, without overflow."""
    return backend.linalg.log_determinant(_floats(x))


@operation(_number_rule)
def logdet(x: Tensor) -> Tensor:
    """The logarithm of the determinant of each positive definite matrix."""
    lower = backend.linalg.cholesky(_floats(x), False)
    diagonal = backend.linalg.diagonal(lower, 0)
    return 2.0 * backend.math.reduction(
        "sum", backend.math.ELEMENTWISE["log"](diagonal), -1, False, config.floatx()
    )


def _eig_rule(x: Any) -> tuple[SymbolicTensor, SymbolicTensor]:
    shape, dtype = _matrix(x, "eig", square=True)
    kind = "complex128" if dtype == "float64" else "complex64"
    return rules.make(shape[:-1], kind), rules.make(shape, kind)


@operation(_eig_rule)
def eig(x: Tensor) -> tuple[Tensor, Tensor]:
    """Complex eigenvalues of square matrices, and eigenvectors of length 1 in columns."""
    return backend.linalg.eigenvalues(_floats(x))


def _eigh_rule(x: Any) -> tuple[SymbolicTensor, SymbolicTensor]:
    shape, dtype = _matrix(x, "eigh", square=True)
    return rules.make(shape[:-1], dtype), rules.make(shape, dtype)


@operation(_eigh_rule)
def eigh(x: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues of symmetric matrices, ascending, and orthogonal eigenvectors in columns."""
    return backend.linalg.symmetric_eigenvalues(_floats(x))


@operation(_square_rule("inv"))
def inv(x: Tensor) -> Tensor:
    """The inverse of each square matrix.

    Example:
        >>> inv([[2.0, 0.0], [0.0, 4.0]]).numpy().tolist()
        [[0.5, 0.0], [0.0, 0.25]]
    """
    return backend.linalg.inverse(_floats(x))


def _pinv_rule(x: Any, rcond: Any = None) -> SymbolicTensor:
    shape, dtype = _matrix(x, "pinv")
    return rules.make((*shape[:-2], shape[-1], shape[-2]), dtype)


@operation(_pinv_rule)
def pinv(x: Tensor, rcond: float | None = None) -> Tensor:
    """The Moore-Penrose inverse of each matrix, from its singular values.

    Args:
        x: matrices (..., rows, columns).
        rcond: singular values below rcond times the largest count as zero; from the dtype's
            precision if None.
    """
    return backend.linalg.pseudo_inverse(_floats(x), rcond)


def _lstsq_rule(a: Any, b: Any, rcond: Any = None) -> SymbolicTensor:
    shape, dtype = _matrix(a, "lstsq")
    right = rules.spec(b)[0]
    if len(shape) != 2 or len(right) not in (1, 2):
        raise ShapeError(
            "lstsq takes a of shape (rows, columns) and b of (rows,) or (rows, sides); received "
            f"{shape} and {right}."
        )
    return rules.make((shape[1], *right[1:]), dtype)


@operation(_lstsq_rule)
def lstsq(a: Tensor, b: Tensor, rcond: float | None = None) -> Tensor:
    """The x that brings a x closest to b, the shortest if there are several.

    Args:
        a: (rows, columns).
        b: (rows,) or (rows, sides).
        rcond: singular values below rcond times the largest count as zero; the larger size times
            the dtype's precision if None.
    """
    _lstsq_rule(a, b)
    left, right = backend.math.promote(_floats(a), _floats(b))
    return backend.linalg.least_squares(left, right, rcond)


def _lu_rule(x: Any) -> tuple[SymbolicTensor, SymbolicTensor]:
    shape, dtype = _matrix(x, "lu_factor", square=True)
    return rules.make(shape, dtype), rules.make(shape[:-1], "int32")


@operation(_lu_rule)
def lu_factor(x: Tensor) -> tuple[Tensor, Tensor]:
    """Both triangular factors in one matrix (the ones of the lower left out), and row places."""
    return backend.linalg.lu(_floats(x))


def _qr_rule(x: Any, mode: str = "reduced") -> tuple[SymbolicTensor, SymbolicTensor]:
    shape, dtype = _matrix(x, "qr")
    rows, columns = shape[-2:]
    inner = rows if _is_complete(mode) else _least(rows, columns)
    lead = shape[:-2]
    return rules.make((*lead, rows, inner), dtype), rules.make((*lead, inner, columns), dtype)


def _is_complete(mode: str) -> bool:
    if mode not in ("reduced", "complete"):
        raise ConfigurationError(f"qr: mode must be 'reduced' or 'complete'; received {mode!r}.")
    return mode == "complete"


@operation(_qr_rule)
def qr(x: Tensor, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """An orthogonal matrix and an upper triangular one whose product is x.

    Args:
        x: matrices (..., rows, columns).
        mode: "reduced" gives inner size min(rows, columns), "complete" rows.
    """
    return backend.linalg.qr(_floats(x), _is_complete(mode))


def _solve_rule(a: Any, b: Any, lower: bool = False) -> SymbolicTensor:
    shape, dtype = _matrix(a, "solve", square=True)
    right, other = rules.spec(b)
    if len(right) not in (len(shape), len(shape) - 1):
        raise ShapeError(
            "solve takes a of shape (..., n, n) and b of (..., n) or (..., n, sides); received "
            f"{shape} and {right}."
        )
    return rules.make(right, dtypes.combine(dtype, other))


@operation(_solve_rule)
def solve(a: Tensor, b: Tensor) -> Tensor:
    """The x with a x = b.

    Args:
        a: square matrices (..., n, n).
        b: (..., n) or (..., n, sides).

    Example:
        >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).numpy().tolist()
        [1.0, 0.5]
    """
    _solve_rule(a, b)
    return backend.linalg.solve(*backend.math.promote(_floats(a), _floats(b)))


@operation(_solve_rule)
def solve_triangular(a: Tensor, b: Tensor, lower: bool = False) -> Tensor:
    """As `solve` for triangular a: its upper half is read, or its lower."""
    _solve_rule(a, b)
    return backend.linalg.solve_triangular(*backend.math.promote(_floats(a), _floats(b)), lower)


def _svd_rule(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    shape, dtype = _matrix(x, "svd")
    (rows, columns), lead = shape[-2:], shape[:-2]
    least = _least(rows, columns)
    values = rules.make((*lead, least), dtype)
    if not compute_uv:
        return values
    left, right = (rows, columns) if full_matrices else (least, least)
    u, v = rules.make((*lead, rows, left), dtype), rules.make((*lead, right, columns), dtype)
    return u, values, v


@operation(_svd_rule)
def svd(x: Tensor, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Matrices u, s, v with x = u diag(s) v; s descending.

    Args:
        x: matrices (..., rows, columns).
        full_matrices: whether u and v are square.
        compute_uv: False gives s alone.
    """
    if compute_uv:
        return backend.linalg.svd(_floats(x), full_matrices)
    return backend.linalg.singular_values(_floats(x))


def _rank_rule(x: Any, tol: Any = None) -> SymbolicTensor:
    return rules.make(_matrix(x, "matrix_rank")[0][:-2], "int32")


@operation(_rank_rule)
def matrix_rank(x: Tensor, tol: float | None = None) -> Tensor:
    """How many singular values of each matrix are above `tol`, int32.

    Args:
        x: matrices (..., rows, columns).
        tol: if None, the largest singular value times the larger size times the dtype's precision.
    """
    return backend.linalg.rank(_floats(x), tol)


def norm(
    x: Tensor,
    ord: Any = None,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> Tensor:
    """The norm of vectors (one axis) or matrices (two axes).

    Args:
        x: of any shape.
        ord: None for the Euclidean length over all `axis`. For vectors a number p, for
            (sum |x|^p)^(1/p), 0 for the number of elements that are not zero, or inf and -inf for
            the largest and smallest |x|. For matrices "fro", "nuc" (sum of singular values), 1 and
            -1 (largest and smallest column sum), inf and -inf (row sums), 2 and -2 (singular
            values).
        axis: one axis, or two; all axes if None.
        keepdims: whether the axes stay with size 1.

    Raises:
        ConfigurationError: if there is no such norm for that number of axes.

    Example:
        >>> float(norm([3.0, 4.0])), float(norm([3.0, 4.0], ord=1))
        (5.0, 7.0)
    """
    shape, dtype = rules.spec(x)
    if not dtypes.is_float(dtype):
        x = arrays.cast(x, config.floatx())
    if ord is None:
        return arithmetic.sqrt(reduction.sum(arithmetic.square(x), axis, keepdims))
    axes = shapes.normalize_axes(axis, len(shape))
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ConfigurationError(
        f"norm: ord={ord!r} needs one axis (vectors) or two (matrices); received axis={axis!r} of "
        f"shape {shape}. Give axis, or ord=None."
    )


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Tensor:
    if isinstance(ord, str):
        raise ConfigurationError(f"norm: ord={ord!r} is for matrices; axis={axis} is one axis.")
    size = arithmetic.absolute(x)
    if ord == math.inf:
        return reduction.max(size, axis, keepdims)
    if ord == -math.inf:
        return reduction.min(size, axis, keepdims)
    if ord == 0:
        counted = arrays.cast(arithmetic.not_equal(x, 0), rules.spec(x)[1])
        return reduction.sum(counted, axis, keepdims)
    if ord == 1:
        return reduction.sum(size, axis, keepdims)
    if ord == 2:
        return arithmetic.sqrt(reduction.sum(arithmetic.square(x), axis, keepdims))
    powers = reduction.sum(arithmetic.power(size, float(ord)), axis, keepdims)
    return arithmetic.power(powers, 1.0 / ord)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    rows, columns = axes
    if ord == "fro":
        return arithmetic.sqrt(reduction.sum(arithmetic.square(x), axes, keepdims))
    if ord in (1, -1, math.inf, -math.inf):
        summed, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = reduction.sum(arithmetic.absolute(x), summed, keepdims=True)
        pick = reduction.max if ord > 0 else reduction.min
        result = pick(sums, compared, keepdims=True)
    elif ord in ("nuc", 2, -2):
        rank = len(rules.spec(x)[0])
        order = [a for a in range(rank) if a not in axes] + [rows, columns]
        values = svd(arrays.transpose(x, order), compute_uv=False)
        combine = {"nuc": reduction.sum, 2: reduction.max, -2: reduction.min}[ord]
        result = combine(values, -1)
        for axis in sorted(axes):
            result = arrays.expand_dims(result, axis)
    else:
        raise ConfigurationError(
            "norm: ord of matrices must be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf; received "
            f"{ord!r}."
        )
    return result if keepdims else arrays.squeeze(result, axes)
