"""What the progress line costs: the share of fit's time that is spent inside its hooks.

    python benchmarks/bench_progress.py

Hooks run between compiled calls in the thread that trains, and the line has no thread of its own,
so their time is the whole cost. A difference of two fits of this length would be smaller than what
two equal fits differ by. The model takes about 1 ms a step; the terminal is a pseudo-terminal.
"""

from __future__ import annotations

import os
import pty
import statistics
import threading
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import kcore
from kcore.callbacks import ProgbarLogger

ROWS, BATCH, EPOCHS, ROUNDS = 64_000, 32, 2, 3


class Timed(ProgbarLogger):
    """The progress line, with a watch around each hook."""

    spent = 0.0

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if not name.startswith("on_"):
            return found

        def hook(*args: Any) -> Any:
            start = time.perf_counter()
            try:
                return found(*args)
            finally:
                self.spent += time.perf_counter() - start

        return hook


def model() -> Any:
    layers = kcore.layers
    made = kcore.Sequential(
        [
            layers.Input((256,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(10),
        ]
    )
    loss = kcore.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile("adam", loss, metrics=["accuracy"])
    return made


def drain(end: int) -> None:
    """Reads what the line writes, as a terminal does."""
    try:
        while os.read(end, 65536):
            pass
    except OSError:
        return


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 256)).astype("float32")
    y = rng.integers(0, 10, ROWS)
    trained = model()
    trained.fit(x[: 40 * BATCH], y[: 40 * BATCH], batch_size=BATCH, verbose=0)
    reading, writing = pty.openpty()
    threading.Thread(target=drain, args=(reading,), daemon=True).start()
    steps = EPOCHS * ROWS // BATCH
    print("| progress | ms a step | share of the time |\n| --- | --- | --- |")
    with os.fdopen(writing, "w") as terminal, open(os.devnull, "w") as log:
        for name, stream in (("live line in a terminal", terminal), ("lines in a log", log)):
            times, shares = [], []
            for _ in range(ROUNDS):
                line = Timed(1, stream)
                start = time.perf_counter()
                trained.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[line])
                whole = time.perf_counter() - start
                times.append(whole / steps * 1e3)
                shares.append(line.spent / whole)
            share = statistics.median(shares)
            print(f"| {name} | {statistics.median(times):.2f} | {share:.2%} |")


if __name__ == "__main__":
    main()
