"""Options: how to go through data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Options:
    """How to go through data.

    Attributes:
        batch_size: samples in a batch; 32 if None and the data come as arrays.
        shuffle: whether each epoch has an order of its own; "batch" keeps batches together.
        seed: with the epoch, decides the order.
        class_weight: weight of the samples of each class number.
        steps: batches in an epoch, for data that do not end.
        epochs: how often the data are gone through.
        same: whether each pass sees the same batches, as a validation does.
        workers: "workers", "use_multiprocessing" and "max_queue_size" given to fit, which count
            before those of the data set.
        names: what x, y and weights are called in errors.
    """

    batch_size: int | None = None
    shuffle: Any = False
    seed: int = 0
    class_weight: dict[int, float] | None = None
    steps: int | None = None
    epochs: int = 1
    same: bool = False
    workers: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, str, str] = ("x", "y", "sample_weight")
