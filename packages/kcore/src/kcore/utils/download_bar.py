"""A line on stderr that shows how far a download is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

_REDRAWN = 0.1  # seconds between two pictures


class DownloadBar:
    """What pooch calls its progress bar; silent where stderr is no terminal.

    Args:
        label: what is fetched.

    Attributes:
        total: bytes of the file; 0 where the server does not say.

    Example:
        >>> with DownloadBar("vgg16.h5") as bar:
        ...     bar.total = 100
        ...     bar.update(100)
    """

    def __init__(self, label: str) -> None:
        self.total = 0
        self._done = 0
        self._drawn_at = 0.0
        self._bar = _live_bar() if sys.stderr.isatty() else None
        self._task = None if self._bar is None else self._bar.add_task(label, total=None)

    def __enter__(self) -> DownloadBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._draw()
        if self._bar is not None:
            self._bar.stop()

    def update(self, count: int) -> None:
        """Counts bytes that arrived."""
        self._done += count
        if time.monotonic() - self._drawn_at >= _REDRAWN:
            self._draw()

    def reset(self) -> None:
        """Counts from zero again."""
        self._done = 0

    def close(self) -> None:
        """Draws the last state."""
        self._draw()

    def _draw(self) -> None:
        self._drawn_at = time.monotonic()
        if self._bar is not None:
            done = min(self._done, self.total) if self.total else self._done
            self._bar.update(self._task, completed=done, total=self.total or None, refresh=True)


def _live_bar() -> Any:
    # rich costs 50 ms to import, and most downloads find their file in the cache
    from rich import console, progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=30),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(compact=True),
        console=console.Console(file=sys.stderr),
        auto_refresh=False,
    )
