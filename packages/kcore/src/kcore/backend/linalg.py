"""Matrices: decompositions, systems of equations, determinants."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.backend.tensor import convert
from kcore.typing import Tensor


def floats(x: Any, floatx: str) -> Tensor:
    """The value as a tensor; integers become `floatx`."""
    x = convert(x)
    return x if x.dtype.is_floating or x.dtype.is_complex else tf.cast(x, floatx)


def cholesky(x: Tensor, upper: bool) -> Tensor:
    """The lower factor L with x = L L^T, or L^T."""
    lower = tf.linalg.cholesky(x)
    return tf.linalg.adjoint(lower) if upper else lower


def determinant(x: Tensor) -> Tensor:
    """The determinant of each matrix."""
    return tf.linalg.det(x)


def log_determinant(x: Tensor) -> tuple[Tensor, Tensor]:
    """The sign of the determinant and the logarithm of its size."""
    sign, log = tf.linalg.slogdet(x)
    return sign, log


def eigenvalues(x: Tensor) -> tuple[Tensor, Tensor]:
    """Complex eigenvalues and eigenvectors in columns."""
    values, vectors = tf.linalg.eig(x)
    return values, vectors


def symmetric_eigenvalues(x: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues of symmetric matrices, ascending, and eigenvectors in columns."""
    values, vectors = tf.linalg.eigh(x)
    return values, vectors


def inverse(x: Tensor) -> Tensor:
    """The inverse of each matrix."""
    return tf.linalg.inv(x)


def pseudo_inverse(x: Tensor, rcond: Any) -> Tensor:
    """The Moore-Penrose inverse; singular values below rcond times the largest count as 0."""
    return tf.linalg.pinv(x, rcond)


def least_squares(a: Tensor, b: Tensor, rcond: Any) -> Tensor:
    """The x of the least length that brings a x closest to b."""
    if rcond is None:
        rcond = max(size or 1 for size in a.shape[-2:]) * _eps(a)
    inverse_ = tf.linalg.pinv(a, rcond)
    if b.shape.rank == 1:
        return tf.linalg.matvec(inverse_, b)
    return tf.matmul(inverse_, b)


def _eps(x: Tensor) -> float:
    """The distance from 1 to the next number of the dtype."""
    return {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float64": 2.0**-52}.get(
        x.dtype.name, 2.0**-23
    )


def lu(x: Tensor) -> tuple[Tensor, Tensor]:
    """Both triangular factors in one matrix, and the order of the rows."""
    factors, order = tf.linalg.lu(x)
    if x.shape.rank == 2:
        return factors, tf.math.invert_permutation(order)
    flat = tf.reshape(order, [-1, tf.shape(order)[-1]])
    inverted = tf.map_fn(tf.math.invert_permutation, flat)
    return factors, tf.reshape(inverted, tf.shape(order))


def qr(x: Tensor, complete: bool) -> tuple[Tensor, Tensor]:
    """An orthogonal and an upper triangular factor."""
    q, r = tf.linalg.qr(x, full_matrices=complete)
    return q, r


def solve(a: Tensor, b: Tensor) -> Tensor:
    """The x with a x = b; b holds vectors if it has an axis less than a."""
    if b.shape.rank == a.shape.rank - 1:
        return tf.squeeze(tf.linalg.solve(a, b[..., None]), -1)
    return tf.linalg.solve(a, b)


def solve_triangular(a: Tensor, b: Tensor, lower: bool) -> Tensor:
    """As `solve` for triangular matrices."""
    if b.shape.rank == a.shape.rank - 1:
        return tf.squeeze(tf.linalg.triangular_solve(a, b[..., None], lower=lower), -1)
    return tf.linalg.triangular_solve(a, b, lower=lower)


def singular_values(x: Tensor) -> Tensor:
    """Descending."""
    return tf.linalg.svd(x, compute_uv=False)


def svd(x: Tensor, full: bool) -> tuple[Tensor, Tensor, Tensor]:
    """u, s, v^T with x = u diag(s) v^T."""
    s, u, v = tf.linalg.svd(x, full_matrices=full)
    return u, s, tf.linalg.adjoint(v)


def rank(x: Tensor, tolerance: Any) -> Tensor:
    """How many singular values are above the tolerance, int32."""
    s = singular_values(x)
    if tolerance is None:
        largest = tf.reduce_max(s, -1, keepdims=True)
        sizes = tf.cast(tf.reduce_max(tf.shape(x)[-2:]), s.dtype)
        tolerance = largest * sizes * _eps(x)
    return tf.reduce_sum(tf.cast(s > tf.cast(tolerance, s.dtype), "int32"), -1)


def band(x: Tensor, k: int, lower: bool) -> Tensor:
    """Zero above (lower) or below the k-th diagonal."""
    x = convert(x)
    rows, columns = tf.range(tf.shape(x)[-2])[:, None], tf.range(tf.shape(x)[-1])[None]
    kept = columns - rows <= k if lower else columns - rows >= k
    return tf.where(kept, x, tf.zeros((), x.dtype))


def diagonal(x: Tensor, offset: int) -> Tensor:
    """A diagonal of the last two axes."""
    return tf.linalg.diag_part(convert(x), k=offset)


def diagonal_matrix(x: Tensor, offset: int) -> Tensor:
    """Zero except on one diagonal."""
    return tf.linalg.diag(convert(x), k=offset)
