"""What models inside others give, remembered while a model is made of saved data.

A model that calls another twice, which calls a third one twice ... asks for the shapes of the
innermost one again and again, twice as often with every level. Nothing changes while the model is
made, so each answer is needed once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from kcore.errors import LoadError
from kcore.graph.symbolic import SymbolicTensor

# with other shapes at every call, the number of answers could still double with every level
_MOST = 20_000


class _Memory(threading.local):
    results: dict[Any, Any] | None = None


_memory = _Memory()


@contextlib.contextmanager
def results() -> Iterator[None]:
    """Remembers in this block what models give; inside another such block it is part of that."""
    if _memory.results is not None:
        yield
        return
    _memory.results = {}
    try:
        yield
    finally:
        _memory.results = None


def find(model: Any, values: list[Any]) -> Any:
    """The symbolic outputs that a model gave for such inputs, or None."""
    key = _key(model, values)
    return None if _memory.results is None or key is None else _memory.results.get(key)


def keep(model: Any, values: list[Any], outputs: Any) -> None:
    """Remembers the symbolic outputs of a model for such inputs.

    Raises:
        LoadError: if there are more than any real model asks for.
    """
    key = _key(model, values)
    if _memory.results is None or key is None:
        return
    if len(_memory.results) >= _MOST:
        raise LoadError(
            f"models inside each other are called with more than {_MOST} different shapes; no real "
            "model does that."
        )
    _memory.results[key] = outputs


def _key(model: Any, values: list[Any]) -> Any:
    if not all(isinstance(value, SymbolicTensor) for value in values):
        return None
    # the model itself, not its id, which another may have later
    return (model, *((v.shape, v.dtype, v.mask is not None) for v in values))
