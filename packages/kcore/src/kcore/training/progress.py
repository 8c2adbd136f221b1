"""ProgbarLogger: what a person sees while training runs.

In a terminal one live line, at most ten times a second; in a notebook the same, at most five times;
elsewhere one plain line an epoch and at most one in ten seconds, without control characters.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from kcore.callbacks.base import Callback
from kcore.typing import Logs

_LIVE_SECONDS = 0.1
_NOTEBOOK_SECONDS = 0.2
_PLAIN_SECONDS = 10.0


class ProgbarLogger(Callback):
    """Shows epochs, steps a second, time left and metrics.

    Args:
        verbose: 1 a line that lives in a terminal, 2 one line an epoch.
        stream: where to write, standard output if None.
    """

    def __init__(self, verbose: int = 1, stream: Any = None) -> None:
        super().__init__()
        self.verbose = verbose
        self.stream = stream
        self._bar: Any = None
        self._task: Any = None
        self._start = self._shown = 0.0
        self._steps = self._width = 0

    def _out(self) -> Any:
        return self.stream or sys.stdout

    def _is_live(self) -> bool:
        out = self._out()
        return self.verbose == 1 and hasattr(out, "isatty") and bool(out.isatty())

    def _is_notebook(self) -> bool:
        kernel = type(self._out()).__module__.partition(".")[0] == "ipykernel"
        return self.verbose == 1 and kernel

    def _print(self, text: str) -> None:
        self._out().write(text + "\n")
        self._out().flush()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Starts the line of an epoch."""
        self._begin(f"Epoch {epoch + 1}/{self.params.get('epochs', '?')}")

    def on_resume(self, epoch: int, batch: int) -> None:
        """Starts the line of an epoch whose first batches are done."""
        self._begin(f"Epoch {epoch + 1}/{self.params.get('epochs', '?')}, from batch {batch}")

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Starts the line of an evaluation; a validation belongs to its epoch's line."""
        if not self.params.get("validating") and self.params.get("mode") == "test":
            self._begin("Evaluate")

    def _begin(self, title: str) -> None:
        self._start = self._shown = time.monotonic()
        self._steps = self._width = 0
        self._title = title
        if self._is_live():
            self._bar = _live_bar(self._out())
            self._task = self._bar.add_task(title, total=self.params.get("steps"), values="")
            self._bar.start()

    def on_train_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Moves the line."""
        self._advance(steps, logs)

    def on_test_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Moves the line of an evaluation."""
        if self.params.get("mode") == "test":
            self._advance(steps, logs)

    def _advance(self, steps: int, logs: Callable[[], Logs]) -> None:
        self._steps = steps
        now = time.monotonic()
        if self._bar is not None:
            if now - self._shown >= _LIVE_SECONDS:
                self._shown = now
                self._bar.update(self._task, completed=steps, values=_values(logs()), refresh=True)
        elif self._is_notebook():
            if now - self._shown >= _NOTEBOOK_SECONDS:
                self._shown = now
                self._rewrite(f"{self._title} - {self._place(steps)} - {_values(logs())}")
        elif self.verbose == 1 and now - self._shown >= _PLAIN_SECONDS:
            self._shown = now
            self._print(f"{self._title} - {self._place(steps)} - {_values(logs())}")

    def _rewrite(self, text: str) -> None:
        """Writes over the line that a notebook shows."""
        self._out().write("\r" + text.ljust(self._width))
        self._out().flush()
        self._width = len(text)

    def _place(self, steps: int) -> str:
        total = self.params.get("steps")
        seconds = max(time.monotonic() - self._start, 1e-9)
        rate = steps / seconds
        speed = f"{rate:.0f} steps/s" if rate >= 10 else f"{1 / max(rate, 1e-9):.2f} s/step"
        left = f", {(total - steps) / rate:.0f} s left" if total and 0 < steps < total else ""
        return f"{steps}/{total or '?'} - {seconds:.1f} s - {speed}{left}"

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Ends the line of an epoch."""
        self._end(logs or {})

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Ends the line of an evaluation."""
        if self.params.get("mode") == "test":
            self._end(logs or {})

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Gives the terminal back if training ended inside an epoch."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _end(self, logs: Logs) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        text = f"{self._title} - {self._place(self._steps)} - {_values(logs)}"
        if self._is_notebook():
            self._rewrite(text)
            text = ""
        self._print(text)


def _values(logs: Logs) -> str:
    return " - ".join(f"{name}: {_number(value)}" for name, value in logs.items())


def _number(value: Any) -> str:
    number = float(value)
    return f"{number:.4f}" if number == 0 or 1e-3 <= abs(number) < 1e5 else f"{number:.4e}"


def _live_bar(stream: Any) -> Any:
    # rich costs 50 ms to import, and most runs write to no terminal
    from rich import console, progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=24),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(compact=True),
        progress.TextColumn("{task.fields[values]}"),
        console=console.Console(file=stream),
        auto_refresh=False,
        transient=True,
    )
