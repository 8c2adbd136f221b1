"""CSVLogger: the logs of each epoch as a line of a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import SaveError
from kcore.typing import Logs


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
        self._file: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Opens the file."""
        going_on = self.append and self.filename.is_file() and self.filename.stat().st_size > 0
        if going_on:
            with self.filename.open(newline="", encoding="utf-8") as file:
                head = next(csv.reader(file, delimiter=self.separator), [])
            self._keys = head[1:]
        try:
            self._file = self.filename.open(
                "a" if self.append else "w", newline="", encoding="utf-8"
            )
        except OSError as error:
            raise SaveError(
                f"CSVLogger: cannot write {self.filename}: {error.strerror}."
            ) from error

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Writes a line."""
        logs = logs or {}
        writer = csv.writer(self._file, delimiter=self.separator, lineterminator="\n")
        if self._keys is None:
            self._keys = sorted(logs)
            with_validation = [k for k in self._keys if k.startswith("val_")]
            if not with_validation and self.params.get("validates"):
                self._keys += [f"val_{k}" for k in self._keys]
            writer.writerow(["epoch", *self._keys])
        writer.writerow([epoch, *(_text(logs.get(key, "NA")) for key in self._keys)])
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _text(value: Any) -> str:
    return str(value)
