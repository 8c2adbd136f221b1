"""PyDataset: batches by index, written by users."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore.arguments import whole
from kcore.errors import ConfigurationError


class PyDataset:
    """Base of data sets that give batch number i. `Sequence` is its name in earlier Keras.

    A subclass writes `__len__` (batches in an epoch) and `__getitem__(index)`, a tuple (inputs,
    targets) or (inputs, targets, weights). Batches are the same for any number of workers.

    Args:
        workers: how many batches are made at once, at least 0; up to 1, one background thread makes
            them one after the other.
        use_multiprocessing: whether workers are processes, each with a pickled copy of the data
            set, in place of threads.
        max_queue_size: most batches that are made ahead, at least 1.

    Raises:
        ConfigurationError: if a number is too small.

    Example:
        >>> PyDataset(workers=4, use_multiprocessing=True).workers
        4
    """

    component_kind: ClassVar[str] = "dataset"

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = whole(workers, "workers", type(self).__name__, 0)
        self.use_multiprocessing = bool(use_multiprocessing)
        self.max_queue_size = whole(max_queue_size, "max_queue_size", type(self).__name__, 1)

    def __len__(self) -> int:
        raise ConfigurationError(f"{type(self).__name__} has no method `__len__`; write one.")

    def __getitem__(self, index: int) -> Any:
        raise ConfigurationError(f"{type(self).__name__} has no method `__getitem__`; write one.")

    def on_epoch_end(self) -> None:
        """Told after each epoch."""


Sequence = PyDataset
