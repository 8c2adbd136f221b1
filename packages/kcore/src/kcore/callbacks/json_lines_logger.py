"""JSONLinesLogger: the logs of each epoch as an object in a line of a file."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import SaveError
from kcore.typing import Config, Logs


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
        self._end = 0
        self._file: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Opens the file; what is in it goes when the first line is written, unless it goes on."""
        try:
            # bytes, so that positions are those of the file
            self._file = self.filename.open("r+b" if self.filename.exists() else "w+b")
        except OSError as error:
            raise SaveError(
                f"JSONLinesLogger: cannot write {self.filename}: {error.strerror}."
            ) from error
        self._end = self._file.seek(0, os.SEEK_END) if self.append else 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Writes a line."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        line = {"epoch": epoch, "time": round(time.time(), 3), **values}
        self._file.seek(self._end)
        self._file.truncate()
        self._file.write(f"{json.dumps(line)}\n".encode())
        self._file.flush()
        self._end = self._file.tell()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def state_dict(self) -> Config:
        """Where the file ends."""
        return {"end": self._end}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave; later lines of an interrupted run are written over."""
        self._end = int(state["end"])
