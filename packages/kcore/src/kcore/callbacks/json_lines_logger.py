"""JSONLinesLogger: the logs of each epoch as an object in a line of a file."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import SaveError
from kcore.typing import Logs


class JSONLinesLogger(Callback):
    """Writes a JSON object an epoch: "epoch", "time" (seconds since 1970) and the logs.

    Args:
        filename: the file; its folder must exist.
        append: whether lines are added to a file that exists.

    Raises:
        SaveError: before the first step, if the file cannot be written.

    Example:
        >>> JSONLinesLogger("log.jsonl").append
        True
    """

    def __init__(self, filename: Any, append: bool = True) -> None:
        super().__init__()
        self.filename = Path(filename)
        self.append = append
        self._file: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Opens the file."""
        try:
            self._file = self.filename.open("a" if self.append else "w", encoding="utf-8")
        except OSError as error:
            raise SaveError(
                f"JSONLinesLogger: cannot write {self.filename}: {error.strerror}."
            ) from error

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Writes a line."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        line = {"epoch": epoch, "time": round(time.time(), 3), **values}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
