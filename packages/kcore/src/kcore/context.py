"""What a call of a layer inherits from the call around it: training flag, place for losses."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CallContext:
    """State shared by all layers of one outermost call.

    Attributes:
        training: whether layers behave as in training; None until somebody says.
        losses: added by layers during the call, as scalar tensors.
        path: names of the layers being called, outermost first.
        observe: told of each layer's call when it is over: (path, inputs, outputs).
    """

    training: bool | None = None
    losses: list[Any] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    observe: Callable[[str, Any, Any], None] | None = None


class _Current(threading.local):
    context: CallContext | None = None


_current = _Current()


def current() -> CallContext | None:
    """The context of the call that runs now in this thread, or None."""
    return _current.context


@contextlib.contextmanager
def enter(training: bool | None = None) -> Iterator[CallContext]:
    """Starts a new outermost call; what ran before goes on afterwards."""
    before = _current.context
    _current.context = CallContext(training=training)
    try:
        yield _current.context
    finally:
        _current.context = before
