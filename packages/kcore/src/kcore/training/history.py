"""History: the logs of every epoch."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import ConfigurationError, shown
from kcore.saving.atomic import replacing
from kcore.typing import Config, Logs
from kcore.utils import plotting


class History(Callback):
    """Records the logs of every epoch; `fit` returns one.

    Attributes:
        history: lists of values by name, one a epoch.
        epoch: the numbers of the epochs.
        stopped_by: name of the signal that ended training ("SIGINT"), None otherwise.
        fingerprint: what the run depended on: seed, data, optimizer, settings, versions, plugins,
            machine; `kcore diff-runs` compares those of two runs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.stopped_by: str | None = None
        self.fingerprint: Config = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Starts anew."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Adds an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def state_dict(self) -> Config:
        """The epochs so far."""
        return {
            "epoch": list(self.epoch),
            "history": {k: list(v) for k, v in self.history.items()},
            "fingerprint": self.fingerprint,
        }

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave; warns if it was made in other surroundings."""
        epoch, history = state["epoch"], state["history"]
        lists = [epoch, *history.values()] if isinstance(history, dict) else [None]
        if not all(isinstance(values, list) for values in lists):
            raise ConfigurationError(
                "The state of a History has a list of epochs and a dict of lists; received "
                f"{shown(epoch)} and {shown(history)}."
            )
        self.epoch, self.history = list(epoch), dict(history)
        before = state.get("fingerprint", {})
        for part in ("versions", "machine"):
            there, here = before.get(part, {}), self.fingerprint.get(part, {})
            changed = [
                f"{k} {there[k]} is now {here[k]}"
                for k in there
                if here.get(k, there[k]) != there[k]
            ]
            if changed:
                warnings.warn(
                    f"The run goes on in other surroundings ({'; '.join(changed)}), so it may not "
                    "end bit for bit as it would have.",
                    stacklevel=2,
                )

    def save(self, path: Any) -> None:
        """Writes a JSON file for `kcore diff-runs`: fingerprint, epochs and values.

        Args:
            path: the file, "run.json"; an earlier one is replaced.

        Raises:
            SaveError: if it cannot be written.
        """
        content = {**self.state_dict(), "stopped_by": self.stopped_by}
        with replacing(Path(path)) as temporary:
            temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")

    def plot(self, path: str | None = None) -> Any:
        """Draws every value over the epochs, training and validation in one picture each.

        Args:
            path: file to write ("curve.png"); the figure is returned in any case.

        Returns:
            A matplotlib figure.

        Raises:
            MissingPackageError: if matplotlib is not installed.
        """
        return plotting.plot_history(self.history, self.epoch, path)
