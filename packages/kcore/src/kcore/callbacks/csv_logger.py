"""CSVLogger: the logs of each epoch as a line of a file."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import SaveError
from kcore.typing import Config, Logs


class CSVLogger(Callback):
    """Writes a line an epoch: its number, then the logs in the order of their names.

    Args:
        filename: the file; its folder must exist.
        separator: between the columns.
        append: whether lines are added to a file that exists.

    Raises:
        SaveError: before the first step, if the file cannot be written.

    Example:
        >>> CSVLogger("log.csv").separator
        ','
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = Path(filename)
        self.separator = separator
        self.append = append
        self._keys: list[str] | None = None
        self._end = 0
        self._file: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Opens the file; what is in it goes when the first line is written, unless it goes on."""
        try:
            self._file = self.filename.open("r+" if self.filename.exists() else "w+", newline="")
        except OSError as error:
            raise SaveError(
                f"CSVLogger: cannot write {self.filename}: {error.strerror}."
            ) from error
        self._keys, self._end = None, 0
        if self.append:
            head = next(csv.reader(self._file, delimiter=self.separator), [])
            self._keys = head[1:] or None
            self._end = self._file.seek(0, os.SEEK_END)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Writes a line."""
        logs = logs or {}
        self._file.seek(self._end)
        self._file.truncate()
        writer = csv.writer(self._file, delimiter=self.separator, lineterminator="\n")
        if self._keys is None:
            self._keys = sorted(logs)
            writer.writerow(["epoch", *self._keys])
        writer.writerow([epoch, *(logs.get(key, "NA") for key in self._keys)])
        self._file.flush()
        self._end = self._file.tell()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def state_dict(self) -> Config:
        """The columns, and where the file ends."""
        return {"keys": self._keys, "end": self._end}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave; later lines of an interrupted run are written over."""
        self._keys, self._end = state["keys"], int(state["end"])
