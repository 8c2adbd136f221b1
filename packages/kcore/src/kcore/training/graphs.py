"""Gives back the memory of compiled functions that nobody needs any more.

A traced graph is made of Python objects that refer to each other in circles, which Python frees
only when its collector next looks at everything. That may be after many models. So the operations
of dead graphs are counted, and the collector is asked once they are many.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any

# about 10 MiB of Python objects; one look of the collector costs as much as tracing a small model
_MOST_DEAD_OPERATIONS = 4000

_dead = 0


class GraphSizes:
    """Counts the operations traced for one owner, and hands them in when the owner dies.

    Args:
        owner: whose functions are counted; kept weakly.
    """

    def __init__(self, owner: Any) -> None:
        self._count = [0]
        weakref.finalize(owner, _hand_in, self._count).atexit = False

    def add(self, operations: int) -> None:
        """Notes that so many operations were traced."""
        self._count[0] += operations

    def hand_in(self) -> None:
        """Notes that all functions so far are dead."""
        _hand_in(self._count)


def _hand_in(count: list[int]) -> None:
    global _dead
    _dead += count[0]
    count[0] = 0
    if _dead >= _MOST_DEAD_OPERATIONS:
        _dead = 0
        gc.collect()
