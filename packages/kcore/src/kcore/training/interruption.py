"""Clean interruption: the first signal ends training after the current chunk, the next at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

_SIGNALS = tuple(
    number for name in ("SIGINT", "SIGTERM") if (number := getattr(signal, name, None)) is not None
)


class Interruption:
    """Listens for Ctrl-C and SIGTERM while a block runs, in the main thread only.

    Attributes:
        by: name of the signal that came, or None.

    Example:
        >>> with Interruption() as interruption:
        ...     interruption.by is None
        True
    """

    def __init__(self) -> None:
        self.by: str | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                # a handler of somebody else's stays
                if handler in (signal.default_int_handler, signal.SIG_DFL):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.by is not None:
            raise KeyboardInterrupt(f"{signal.Signals(number).name} for the second time")
        self.by = signal.Signals(number).name
        print(
            f"\n{self.by}: training ends after the current batches; once more to end at once.",
            flush=True,
        )

    def __call__(self) -> bool:
        """Whether a signal came."""
        return self.by is not None
