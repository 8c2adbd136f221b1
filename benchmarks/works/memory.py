"""Growth of memory: 10,000 predicts of 50 batch sizes, 200 cycles of build, fit and discard."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil

MIB = 2**20


def _rss() -> float:
    return psutil.Process(os.getpid()).memory_info().rss / MIB


def _growth(warm: int, count: int, work: Callable[[int], Any]) -> float:
    for i in range(warm):
        work(i)
    before = _rss()
    for i in range(count):
        work(warm + i)
    return _rss() - before


def _measure(keras: Any, predicts: int, cycles: int) -> dict[str, float]:
    layers = keras.layers
    rows = np.random.default_rng(0).standard_normal((50, 64)).astype("float32")

    def build() -> Any:
        model = keras.Sequential(
            [layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(4)]
        )
        model.compile(optimizer="adam", loss="mse")
        return model

    model = build()

    def predict(i: int) -> None:
        model.predict(rows[: i % 50 + 1], verbose=0, batch_size=64)

    def cycle(i: int) -> None:
        build().fit(rows, rows[:, :4], epochs=1, verbose=0)

    return {
        "predict_growth_mib": _growth(min(200, predicts // 2), predicts, predict),
        "cycle_growth_mib": _growth(20, cycles, cycle),
    }


def kcore() -> dict[str, float]:
    import kcore

    return _measure(kcore, 10_000, 200)


def keras() -> dict[str, float]:
    import keras

    return _measure(keras, 500, 40)
