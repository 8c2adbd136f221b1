"""Gradients made shorter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, ops
from kcore.typing import Tensor


def clip_values(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Every entry between -limit and limit."""
    change = backend.optim.map_values
    return [change(g, lambda v: ops.clip(v, -limit, limit)) for g in gradients]


def clip_norms(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Each gradient at most `limit` long."""
    return [_shorten(g, limit, backend.autodiff.global_norm([g])) for g in gradients]


def clip_global_norm(gradients: Sequence[Any], limit: float) -> list[Any]:
    """All gradients taken together at most `limit` long (Pascanu et al., 2013)."""
    summed = [backend.optim.map_values(g, lambda v: v) for g in gradients]
    length = backend.autodiff.global_norm(summed)
    return [_shorten(g, limit, length) for g in summed]


def _shorten(gradient: Any, limit: float, length: Tensor) -> Any:
    factor = limit / ops.maximum(length, limit)
    return backend.optim.map_values(gradient, lambda v: v * ops.cast(factor, v.dtype.name))
