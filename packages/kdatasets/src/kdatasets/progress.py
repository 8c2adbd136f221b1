"""A line on stderr that shows how far a download is."""

from __future__ import annotations

import sys
import time

__all__ = ["ProgressLine"]


class ProgressLine:
    """One line, redrawn at most ten times a second; silent where stderr is no terminal.

    Args:
        label: What is being fetched.
        done: Bytes that were there before (a resumed download). Default 0.
        total: Bytes of the whole file.
        show: Whether to draw; None (default) draws on a terminal only.

    Example:
        >>> line = ProgressLine("mnist", total=100, show=False)
        >>> line.advance(100)
        >>> line.close()
    """

    def __init__(self, label: str, *, total: int, done: int = 0, show: bool | None = None) -> None:
        self._label = label
        self._total = total
        self._done = done
        self._show = sys.stderr.isatty() if show is None else show
        self._drawn_at = 0.0

    def advance(self, count: int) -> None:
        """Count bytes that arrived.

        Args:
            count: How many, at least 0.
        """
        self._done += count
        now = time.monotonic()
        if self._show and now - self._drawn_at >= 0.1:
            self._drawn_at = now
            self._draw()

    def restart(self) -> None:
        """Start again from zero, because the server sent the whole file instead of the rest."""
        self._done = 0

    def close(self) -> None:
        """Draw the final state and end the line."""
        if self._show:
            self._draw()
            sys.stderr.write("\n")

    def _draw(self) -> None:
        share = min(1.0, self._done / self._total) if self._total else 1.0
        bar = "=" * int(30 * share)
        size = f"{self._done / 1e6:.1f} of {self._total / 1e6:.1f} MB"
        sys.stderr.write(f"\r{self._label} [{bar:<30}] {share:4.0%} {size}")
        sys.stderr.flush()
