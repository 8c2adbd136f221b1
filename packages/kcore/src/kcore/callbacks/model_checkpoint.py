"""ModelCheckpoint: the model, or the best one, in a file as training goes on."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from kcore.arguments import whole
from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import Monitor, has_finite_weights, patience_of, say, warn
from kcore.errors import ConfigurationError, SaveError
from kcore.saving.loading import file_format
from kcore.typing import Config, Logs


class ModelCheckpoint(Callback):
    """Saves the model after epochs, or after so many batches.

    A model whose monitored value or weights are NaN is never kept as the best.

    Args:
        filepath: where to; `{epoch}` (from 1), `{batch}` and names of logs are filled in:
            "model-{epoch:02d}-{val_loss:.2f}.keras".
        monitor: key in the logs that says which is the best.
        verbose: 1 says when a file is written.
        save_best_only: whether only a model better than all before is written.
        save_weights_only: whether only weights are written; the name ends in ".weights.h5".
        mode: "min", "max", or "auto" to go by the name.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: value that the first model has to beat.
        keep: how many files stay, the newest ones and always the best by `monitor` if that is
            logged; at least 1; None: all.
        **kwargs: `period`, a number of epochs, of earlier Keras.

    Raises:
        ConfigurationError: if an argument is out of range, or the value is not logged.
        ConfigurationError, SaveError: before the first step, if the name's suffix is of no known
            format, or the folder does not exist or cannot be written.

    Example:
        >>> ModelCheckpoint("best.keras", save_best_only=True).monitor
        'val_loss'
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        keep: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        owner = "ModelCheckpoint"
        self.period = patience_of(kwargs.pop("period", 1), owner, "period")
        if kwargs or not self.period:
            wrong = ", ".join(kwargs) or "period=0"
            raise ConfigurationError(f"{owner} does not take the argument(s) {wrong}.")
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise ConfigurationError(
                f"{owner}: save_freq must be 'epoch' or a number of batches of at least 1; "
                f"received {save_freq!r}."
            )
        self.filepath = str(filepath)
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.every_batches = save_freq if isinstance(save_freq, int) else None
        self.keep = None if keep is None else whole(keep, "keep", owner, 1)
        self._watch = Monitor(monitor, mode, 0.0, owner, initial_value_threshold)
        self._written: list[str] = []
        self._best_path = ""
        self._epochs = self._batches = self._epoch = self._seen = 0

    @property
    def best(self) -> float:
        """The best value so far."""
        return self._watch.best

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Looks whether it will be able to write."""
        if getattr(file_format(Path(self.filepath)), "read_only", False):
            raise SaveError(
                f"ModelCheckpoint: the format of {self.filepath!r} is read only. Choose another "
                "suffix, such as .keras or .weights.h5."
            )
        folder = Path(self.filepath).parent
        if "{" not in str(folder) and not folder.is_dir():
            raise SaveError(
                f"ModelCheckpoint: the folder {folder} of {self.filepath!r} does not exist. Create "
                "it first."
            )
        if "{" not in str(folder) and not os.access(folder, os.W_OK):
            raise SaveError(
                f"ModelCheckpoint: nothing can be written into the folder {folder} of "
                f"{self.filepath!r}. Change its permissions, or choose another."
            )

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remembers the epoch."""
        self._epoch, self._seen = epoch, 0

    def on_resume(self, epoch: int, batch: int) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_chunk_end(self, steps: int, logs: Any) -> None:
        """Saves after so many batches."""
        self._batches += steps - self._seen
        self._seen = steps
        if isinstance(self.save_freq, int) and self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, steps, logs())

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Saves after an epoch."""
        self._epochs += 1
        if self.save_freq == "epoch" and self._epochs >= self.period:
            self._epochs = 0
            self._save(epoch, None, logs or {})

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        if self.save_best_only:
            value = self._watch.read(logs)
            if not math.isfinite(value):
                warn("ModelCheckpoint", f"{self.monitor} is {value}; this model is not kept.")
                return
            if not self._watch.is_better(value):
                return
            if not has_finite_weights(self.model):
                warn("ModelCheckpoint", "weights are NaN or infinite; this model is not kept.")
                return
        path = self._path(epoch, batch, logs)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)
        if self.monitor in logs and self._watch.improves(float(logs[self.monitor])):
            self._best_path = path
        self._remove_old(path)
        if self.verbose:
            say("ModelCheckpoint", epoch, f"written to {path}.")

    def _remove_old(self, path: str) -> None:
        """Removes the files that are too many, oldest first."""
        if self.keep is None:
            return
        self._written = [*(known for known in self._written if known != path), path]
        old = [known for known in self._written[: -self.keep] if known != self._best_path]
        for known in old:
            Path(known).unlink(missing_ok=True)
        self._written = [known for known in self._written if known not in old]

    def _path(self, epoch: int, batch: int | None, logs: Logs) -> str:
        known = {**logs, "epoch": epoch + 1}
        if batch is not None:
            known["batch"] = batch
        try:
            return self.filepath.format(**known)
        except (KeyError, IndexError) as error:
            raise ConfigurationError(
                f"ModelCheckpoint: {self.filepath!r} asks for {error}; known are "
                f"{', '.join(sorted(known))}."
            ) from None

    def state_dict(self) -> Config:
        """The best value, and how far it has counted."""
        return {
            **self._watch.state_dict(),
            "epochs": self._epochs,
            "batches": self._batches,
            "seen": self._seen,
            "written": list(self._written),
            "best_path": self._best_path,
        }

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self._watch.load_state_dict(state)
        self._epochs, self._batches = int(state["epochs"]), int(state["batches"])
        self._seen = int(state["seen"])
        self._written, self._best_path = list(state["written"]), state["best_path"]
