"""Data sets that worker processes can import: this module knows no TensorFlow."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from kcore.data.sequence import PyDataset


class Numbered(PyDataset):
    """Batches whose content follows from their number, slower for the even ones."""

    def __init__(self, length: int = 10, pause: float = 0.002, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.length = length
        self.pause = pause

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Any:
        time.sleep(self.pause * (index % 2 == 0))
        x = np.random.default_rng(index).normal(size=(4, 3)).astype("float32")
        return x, x.sum(1, keepdims=True)


class Failing(Numbered):
    """Raises at item 6."""

    def __getitem__(self, index: int) -> Any:
        if index == 6:
            raise KeyError("no such file: six.png")
        return super().__getitem__(index)


class Killed(Numbered):
    """The process that makes item 5 notes the time and is killed, as when memory runs out."""

    def __init__(self, note: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.note = note

    def __getitem__(self, index: int) -> Any:
        if index == 5:
            self.note.write_text(str(time.time()))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


class Moving(Numbered):
    """Changes after each epoch."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(length=4, **kwargs)
        self.shift = 0

    def __getitem__(self, index: int) -> Any:
        return super().__getitem__(index + self.shift)

    def on_epoch_end(self) -> None:
        self.shift += 10


class Slow(Numbered):
    """Item 1 takes half a minute."""

    def __getitem__(self, index: int) -> Any:
        if index == 1:
            time.sleep(30)
        return super().__getitem__(index)
