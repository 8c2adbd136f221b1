"""Names for the types that every part of the framework speaks about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A tensor of the backend, a SymbolicTensor, a Variable, or anything that converts to one."""

Shape: TypeAlias = tuple[int | None, ...]
"""Sizes by axis; None is a size that is not known yet, usually the batch."""

ShapeLike: TypeAlias = Sequence[int | None]
Tree: TypeAlias = Any
"""A tensor, or lists, tuples and dicts of trees."""

Config: TypeAlias = dict[str, Any]
"""Plain data that JSON can hold."""

Logs: TypeAlias = dict[str, Any]
