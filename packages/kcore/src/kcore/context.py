"""What a call inherits from around it: training flag, place for losses, part of the batch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
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
    replica: Replica | None = None


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


class Replica:
    """What one of several copies of a step knows, that run at once on parts of a batch.

    Sums over all copies' losses and gradients are those of the whole batch. A batch with fewer
    rows than there are copies is computed whole by each: `copies` says how often rows are counted.

    Args:
        place: number of the copy in this process, from 0.
        number: number among all copies, from 0.
        count: how many copies there are in all processes.
        total: adds a list of tensors up over all copies.

    Attributes:
        rows: of this copy, a tensor float32.
        all_rows: of all copies, a tensor float32.
        copies: how often each row is counted, a tensor float32.
        counts: whether this copy counts in metrics, a boolean tensor; None if it always does.
        assigned: variables that were assigned, by id.
        totals: values over all copies that are read in place of the copy's own, by variable's id.
        summed: whether gradients are sums over all copies already.
        measuring: whether metrics are computed, not losses.
    """

    def __init__(
        self, place: int, number: int, count: int, total: Callable[[list[Any]], list[Any]]
    ) -> None:
        self.place = place
        self.number = number
        self.count = count
        self.total = total
        self.rows: Any = 1.0
        self.all_rows: Any = 1.0
        self.copies: Any = 1.0
        self.counts: Any = None
        self.assigned: dict[int, Any] = {}
        self.totals: dict[int, Any] = {}
        self.summed = False
        self.measuring = False

    @property
    def share(self) -> Any:
        """The share of the rows that this copy has; the shares of all are 1."""
        return self.rows / self.all_rows

    @contextlib.contextmanager
    def having(self, **attributes: bool) -> Iterator[None]:
        """Sets `summed` or `measuring` while a block runs."""
        before = {name: getattr(self, name) for name in attributes}
        vars(self).update(attributes)
        try:
            yield
        finally:
            vars(self).update(before)


def replica() -> Replica | None:
    """The copy of a step that runs now in this thread, or None if there is one only."""
    return _current.replica


def scaled() -> Replica | None:
    """The copy of a step whose losses are computed now, as parts of those of the whole batch."""
    found = _current.replica
    return None if found is None or found.measuring else found


@contextlib.contextmanager
def in_replica(running: Replica) -> Iterator[Replica]:
    """Runs a block as one of several copies."""
    before = _current.replica
    _current.replica = running
    try:
        yield running
    finally:
        _current.replica = before


@contextlib.contextmanager
def gradients_summed() -> Iterator[None]:
    """Says that the gradients in a block are those of the whole batch."""
    running = _current.replica
    if running is None:
        yield
        return
    with running.having(summed=True):
        yield


def sum_gradients(gradients: Sequence[Any]) -> Sequence[Any]:
    """The gradients added up over all copies of a step; None where there are none."""
    running = _current.replica
    if running is None or running.summed:
        return gradients
    summed = iter(running.total([g for g in gradients if g is not None]))
    return [None if g is None else next(summed) for g in gradients]
