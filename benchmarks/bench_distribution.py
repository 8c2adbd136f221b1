"""What `distribute="mirrored"` on one device costs beside no distribution; dense, batch 32.

    python benchmarks/bench_distribution.py

784-512-512-10, 12,800 rows, Adam. Both take turns, so that a machine that gets slower gets slower
for both; the ratio of medians counts.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import kcore
from kcore import backend, layers

ROWS, BATCH, TURNS = 12_800, 32, 9


def made(distribute: Any) -> Any:
    model = kcore.Sequential(
        [
            layers.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", distribute=distribute)
    return model


def main() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((ROWS, 784), dtype="float32"), rng.integers(0, 10, ROWS)
    models = {"one": made(None), "mirrored": made(backend.distribution.mirrored_on(["CPU:0"]))}
    times: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(TURNS + 1):
        for name, model in models.items():
            start = time.perf_counter()
            model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
            if turn:
                times[name].append((time.perf_counter() - start) / (ROWS // BATCH) * 1e3)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:10} {value:6.3f} ms a step")
    print(f"ratio      {medians['mirrored'] / medians['one']:6.3f}")


if __name__ == "__main__":
    main()
