"""Progbar: a progress bar for loops of one's own."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from typing import Any

from kcore.errors import ConfigurationError

_BODY, _REST = "━", "─"


class Progbar:
    """Shows how far a loop is, how fast it goes, and the means of values so far.

    In a terminal it is one line that is written again and again; elsewhere only the finished line
    is written.

    Args:
        target: steps in all, None if not known.
        width: characters of the bar, default 20.
        verbose: 0 silent, 1 the bar, 2 one line at the end.
        interval: least number of seconds between two updates, default 0.05.
        stateful_metrics: names of values that are shown as they are, not as means.
        stateless_metrics: names of values that are shown as means; then all others are shown as
            they are.
        unit_name: what a step is called, default "step".

    Raises:
        ConfigurationError: if verbose is not 0, 1 or 2.

    Example:
        >>> bar = Progbar(4, verbose=0)
        >>> for loss in (4.0, 2.0):
        ...     bar.add(1, [("loss", loss)])
        >>> bar.values
        {'loss': 3.0}
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if verbose not in (0, 1, 2):
            raise ConfigurationError(f"Progbar: verbose must be 0, 1 or 2; received {verbose!r}.")
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = frozenset(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else frozenset(stateless_metrics)
        self.unit_name = unit_name
        self.finalized = False
        self._totals: dict[str, tuple[float, float]] = {}  # sum and number of steps
        self._seen = 0
        self._start = time.monotonic()
        self._shown = -math.inf
        self._length = 0

    @property
    def values(self) -> dict[str, float]:
        """What is shown for each name: the mean over the steps, or the last value."""
        return {name: total / max(count, 1) for name, (total, count) in self._totals.items()}

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Moves by n steps.

        Args:
            n: steps since the last call.
            values: pairs (name, value) that hold for these steps.
        """
        self.update(self._seen + n, values)

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Moves to a step.

        Args:
            current: steps done in all.
            values: pairs (name, value) that hold for the steps since the last call.
            finalize: whether this is the last call; None says so when the target is reached.
        """
        steps = max(current - self._seen, 0)
        for name, value in values or ():
            if self._is_mean(name):
                # a call that does not move counts as one step, or its values would be lost
                total, count = self._totals.get(name, (0.0, 0.0))
                self._totals[name] = (total + float(value) * max(steps, 1), count + max(steps, 1))
            else:
                self._totals[name] = (float(value), 1.0)
        self._seen = max(self._seen, current)
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        if not self.finalized:
            self._show(finalize)
        self.finalized = self.finalized or finalize

    def _is_mean(self, name: str) -> bool:
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in self.stateful_metrics

    def _show(self, last: bool) -> None:
        now = time.monotonic()
        out = sys.stdout
        live = self.verbose == 1 and out.isatty()
        if self.verbose == 0 or not (last or (live and now - self._shown >= self.interval)):
            return
        self._shown = now
        line = self._line(now - self._start, last)
        # a live line is written over the one before it
        out.write(("\r" + line.ljust(self._length) if live else line) + ("\n" if last else ""))
        out.flush()
        self._length = len(line)

    def _line(self, seconds: float, last: bool) -> str:
        done = self._seen
        parts = [f"{done}/{self.target if self.target is not None else 'Unknown'}"]
        if self.verbose == 1 and self.target:
            parts[0] += f" {_bar(done / self.target, self.width)}"
        each = seconds / done if done else 0.0
        if last or not self.target or not done:
            parts.append(_duration(seconds))
        else:
            parts.append(f"{_duration(each * (self.target - done))} left")
        parts.append(f"{_precise(each)}/{self.unit_name}")
        parts += [f"{name}: {_number(value)}" for name, value in self.values.items()]
        return " - ".join(parts)


def _bar(share: float, width: int) -> str:
    filled = min(width, int(share * width))
    return _BODY * filled + _REST * (width - filled)


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole >= 60 else f"{whole}s"


def _precise(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"
