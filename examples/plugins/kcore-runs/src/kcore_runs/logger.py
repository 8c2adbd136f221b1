"""RunLogger: one line of JSON about a training."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from kcore.callbacks import Callback


class RunLogger(Callback):
    """Adds a line to a file when training ends: model, epochs, seconds, logs of the last epoch.

    Args:
        path: the file; made if it is not there.

    Example:
        >>> RunLogger("runs.jsonl").path.name
        'runs.jsonl'
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self._begun = 0.0
        self._epochs = 0
        self._logs: dict[str, float] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the clock."""
        self._begun, self._epochs, self._logs = time.monotonic(), 0, {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keeps the epoch's logs."""
        self._epochs = epoch + 1
        self._logs = {key: float(value) for key, value in (logs or {}).items()}

    def on_train_end(self, logs: Any = None) -> None:
        """Writes the line."""
        line = {
            "model": getattr(self.model, "name", None),
            "epochs": self._epochs,
            "seconds": round(time.monotonic() - self._begun, 3),
            "logs": self._logs,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
