"""PyDataset: batches by index, written by users."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore.errors import ConfigurationError


class PyDataset:
    """Base of data sets that give batch number i. `Sequence` is its name in earlier Keras.

    A subclass writes `__len__` (batches in an epoch) and `__getitem__(index)`, a tuple (inputs,
    targets) or (inputs, targets, weights). Batches are made in a background thread.

    Args:
        workers: accepted for compatibility.
        use_multiprocessing: accepted for compatibility.
        max_queue_size: accepted for compatibility.
    """

    component_kind: ClassVar[str] = "dataset"

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __len__(self) -> int:
        raise ConfigurationError(f"{type(self).__name__} has no method `__len__`; write one.")

    def __getitem__(self, index: int) -> Any:
        raise ConfigurationError(f"{type(self).__name__} has no method `__getitem__`; write one.")

    def on_epoch_end(self) -> None:
        """Told after each epoch."""


Sequence = PyDataset
