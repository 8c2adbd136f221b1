"""Monitor: watches one logged value and says when it got better."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from kcore.arguments import choice, number
from kcore.errors import ConfigurationError, SaveError
from kcore.typing import Config, Logs

# parts of names whose values are better when they are larger
_LARGER = ("acc", "auc", "precision", "recall", "f1", "fbeta", "r2", "iou", "correlation", "kappa")


class Monitor:
    """Watches one logged value.

    Args:
        name: key in the logs, "val_loss" for one.
        mode: "min", "max", or "auto" to go by the name.
        min_delta: smallest change that counts, at least 0.
        owner: the callback, for errors.
        baseline: the value to beat first; None: any.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> monitor = Monitor("val_accuracy", "auto", 0.0, "EarlyStopping")
        >>> monitor.improves(0.5), monitor.improves(0.4)
        (True, False)
    """

    def __init__(
        self, name: str, mode: str, min_delta: float, owner: str, baseline: float | None = None
    ) -> None:
        choice(mode, "mode", owner, ("auto", "min", "max"))
        if mode == "auto":
            mode = "max" if any(part in name for part in _LARGER) else "min"
        self.name = name
        self.mode = mode
        self.owner = owner
        self.min_delta = number(abs(min_delta), "min_delta", owner, low=0)
        self.baseline = baseline
        self.best: float = 0.0
        self.reset()

    def reset(self) -> None:
        """Forgets the best value."""
        start = math.inf if self.mode == "min" else -math.inf
        self.best = start if self.baseline is None else self.baseline

    def read(self, logs: Logs | None) -> float:
        """The watched value of an epoch.

        Raises:
            ConfigurationError: if it is not logged; the names that are.
        """
        if logs is None or self.name not in logs:
            known = ", ".join(sorted(logs or {})) or "nothing"
            hint = ""
            if self.name.startswith("val_") and not any(k.startswith("val_") for k in logs or {}):
                hint = " Give fit validation_data or validation_split."
            raise ConfigurationError(
                f"{self.owner}: monitor={self.name!r} is not logged; logged are {known}.{hint}"
            )
        return float(logs[self.name])

    def is_better(self, value: float) -> bool:
        """Whether a value beats the best by more than `min_delta`; NaN never does."""
        if self.mode == "min":
            return value < self.best - self.min_delta
        return value > self.best + self.min_delta

    def improves(self, value: float) -> bool:
        """Whether a value is the best so far; it is remembered."""
        better = self.is_better(value)
        if better:
            self.best = value
        return better

    def state_dict(self) -> Config:
        """The best value."""
        return {"best": self.best}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self.best = float(state["best"])


def has_finite_weights(model: Any) -> bool:
    """Whether no weight of the model is NaN or infinite."""
    return all(bool(np.isfinite(w.sum()) or np.isfinite(w).all()) for w in model.get_weights())


def patience_of(value: Any, owner: str, name: str = "patience") -> int:
    """A number of epochs to wait, at least 0.

    Raises:
        ConfigurationError: if it is negative or not whole.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(
            f"{owner}: {name} must be a whole number of epochs of at least 0; received {value!r}."
        )
    return value


def make_folder(folder: Path, owner: str) -> None:
    """Makes a folder that files will be written into, where it is not there yet.

    Raises:
        SaveError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(f"{owner}: cannot make the folder {folder}: {error.strerror}.") from error


def say(owner: str, epoch: int, text: str) -> None:
    """A line for `verbose=1`."""
    print(f"{owner}, epoch {epoch + 1}: {text}")


def warn(owner: str, text: str) -> None:
    """A warning in the callback's name."""
    warnings.warn(f"{owner}: {text}", UserWarning, stacklevel=3)
