"""What callbacks and the watch for NaN cost in fit, and per-batch hooks against those of Keras.

    python benchmarks/bench_callbacks.py [dense] [resnet50]

dense: 784-512-512-10, batch 32, three epochs of 12,800 rows; resnet50: 96x96, batch 8. The rows of
a framework share one model, since where memory lies costs more than most callbacks, and they take
turns, so that a machine that gets slower gets slower for all. Medians of the turns.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parent))

import keras
import numpy as np
from works import fit_dense, fit_resnet50

import kapps
import kcore

Fit = Callable[[], Any]
# TensorBoard writes the graph once a fit
EPOCHS = 3


def hook_of(k: Any) -> Any:
    """A callback with a per-batch hook that reads the loss."""

    class Hook(k.callbacks.Callback):  # type: ignore[name-defined, misc]
        total = 0.0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.total += logs["loss"]

    return Hook()


def dense_model(k: Any) -> Any:
    layers = k.layers
    model = k.Sequential(
        [
            layers.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def dense_rows(folder: str) -> dict[str, Fit]:
    x, y = fit_dense.data()
    ours, theirs = dense_model(kcore), dense_model(keras)

    def fit(model: Any, callbacks: Callable[[], list[Any]] = list, **options: Any) -> Fit:
        given = {"verbose": 0, "epochs": EPOCHS, **options}
        return lambda: model.fit(x, y, batch_size=32, callbacks=callbacks(), **given)

    def several() -> list[Any]:
        c = kcore.callbacks
        return [
            c.EarlyStopping("loss", patience=50),
            c.ReduceLROnPlateau("loss", patience=50),
            c.CSVLogger(f"{folder}/log.csv"),
            c.TensorBoard(f"{folder}/board", update_freq="epoch"),
        ]

    return {
        "kcore, nan='ignore'": fit(ours, nan="ignore"),
        "kcore, default": fit(ours),
        "kcore, progress in a log": fit(ours, verbose=1),
        "kcore, four callbacks": fit(ours, several),
        "kcore, per-batch hook": fit(ours, lambda: [hook_of(kcore)]),
        "keras, no callbacks": fit(theirs),
        "keras, per-batch hook": fit(theirs, lambda: [hook_of(keras)]),
    }


def resnet50_rows(folder: str) -> dict[str, Fit]:
    x, y = fit_resnet50.data()

    model = kapps.ResNet50(weights=None, input_shape=(96, 96, 3), classes=10)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def fit(nan: str) -> Fit:
        return lambda: model.fit(x, y, batch_size=8, verbose=0, nan=nan)

    return {f"kcore, nan={nan!r}": fit(nan) for nan in ("ignore", "raise")}


def measure(title: str, rows: dict[str, Fit], steps: int, rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in rows}
    for turn in range(rounds + 2):
        for name, fit in rows.items():
            start = time.perf_counter()
            fit()
            if turn > 1:
                times[name].append((time.perf_counter() - start) / steps * 1e3)
    medians = {name: statistics.median(found) for name, found in times.items()}
    first = next(iter(medians.values()))
    print(f"| {title} | ms/step | to the first |\n| --- | --- | --- |", file=sys.stderr)
    for name, value in medians.items():
        print(f"| {name} | {value:.3f} | {value / first:.3f} |", file=sys.stderr)


def main() -> None:
    asked = sys.argv[1:] or ["dense", "resnet50"]
    np.random.seed(0)
    # the progress goes nowhere; the tables go to standard error
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        if "dense" in asked:
            measure("dense", dense_rows(folder), EPOCHS * fit_dense.STEPS, rounds=4)
        if "resnet50" in asked:
            measure("ResNet50", resnet50_rows(folder), fit_resnet50.STEPS, rounds=7)


if __name__ == "__main__":
    main()
