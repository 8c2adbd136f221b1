"""DatasetSubject: a data set under test."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from kcore.errors import ConfigurationError
from kcore.testing.check import fail
from kcore.testing.subject import Subject


class DatasetSubject(Subject):
    """A data set under test.

    Args:
        dataset: module or object with `load_data()`.
        options: arguments of `load_data`.

    Raises:
        ConfigurationError: if there is no `load_data`.
    """

    kind = "dataset"

    def __init__(self, dataset: Any, options: dict[str, Any]) -> None:
        if not callable(getattr(dataset, "load_data", None)):
            raise ConfigurationError(
                f"check_dataset needs a module or object with `load_data()`; received {dataset!r}."
            )
        super().__init__(lambda: dataset)
        if isinstance(dataset, ModuleType):
            self.name = dataset.__name__
        self.dataset = dataset
        self.options = options

    @property
    def card(self) -> Any:
        """The record of facts; None if there is none."""
        return getattr(self.dataset, "CARD", None)

    def load(self) -> Any:
        """What `load_data` gives, as it is."""
        return self.dataset.load_data(**self.options)

    def parts(self) -> dict[str, tuple[Any, Any]]:
        """Inputs and targets by part: "train" and "test"; ConformanceError if that is not there."""
        loaded = self.load()
        try:
            (x_train, y_train), (x_test, y_test) = loaded
        except (TypeError, ValueError):
            fail(
                f"{self.name}.load_data() gives a {type(loaded).__name__}; expected "
                "((x_train, y_train), (x_test, y_test))."
            )
        parts = {"train": (x_train, y_train), "test": (x_test, y_test)}
        for part, pair in parts.items():
            for letter, array in zip("xy", pair, strict=True):
                if not isinstance(array, np.ndarray) or array.ndim == 0:
                    fail(f"{self.name}: {letter}_{part} is a {type(array).__name__}, no array.")
        return parts
