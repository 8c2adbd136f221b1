"""Forward and backward of layers against Keras: `python benchmarks/bench_layers.py [NAME ...]`.

NAME: part of the name of the layers to measure; all of them without one.
Both run in one process and take turns, compiled without XLA and with it. The ratios are medians of
those of paired runs: without XLA, and the faster of ours to the faster of Keras'. Above 1, ours is
faster. All values are outputs, so nothing but the layer is there to be fused.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import klayers

Maker = Callable[[Any], Any]
PAIRS = ((0, 2), (2, 4))

CASES: list[tuple[str, Maker, tuple[int, ...]]] = [
    ("Conv1D 64x3", lambda m: m.Conv1D(64, 3), (32, 128, 64)),
    (
        "Conv1D causal dilated",
        lambda m: m.Conv1D(64, 3, padding="causal", dilation_rate=4),
        (32, 128, 64),
    ),
    ("Conv2D 64x3x3", lambda m: m.Conv2D(64, 3, padding="same"), (16, 28, 28, 64)),
    ("Conv2D 1x1", lambda m: m.Conv2D(256, 1), (16, 14, 14, 64)),
    ("Conv2D strided 7x7", lambda m: m.Conv2D(64, 7, 2, "same"), (8, 64, 64, 3)),
    (
        "Conv2D channels first",
        lambda m: m.Conv2D(32, 3, data_format="channels_first"),
        (8, 16, 28, 28),
    ),
    ("Conv2D groups", lambda m: m.Conv2D(64, 3, groups=4), (8, 28, 28, 64)),
    ("Conv2D dilated", lambda m: m.Conv2D(64, 3, dilation_rate=2), (8, 28, 28, 64)),
    ("Conv3D", lambda m: m.Conv3D(16, 3), (4, 12, 12, 12, 8)),
    ("Conv2DTranspose", lambda m: m.Conv2DTranspose(32, 3, 2, "same"), (8, 14, 14, 64)),
    ("Conv1DTranspose", lambda m: m.Conv1DTranspose(32, 3, 2), (16, 64, 64)),
    ("DepthwiseConv2D", lambda m: m.DepthwiseConv2D(3, padding="same"), (8, 28, 28, 64)),
    ("SeparableConv2D", lambda m: m.SeparableConv2D(64, 3), (8, 28, 28, 64)),
    ("SeparableConv1D", lambda m: m.SeparableConv1D(64, 3), (16, 128, 64)),
    ("MaxPooling2D", lambda m: m.MaxPooling2D(), (16, 56, 56, 64)),
    ("MaxPooling1D", lambda m: m.MaxPooling1D(), (32, 128, 64)),
    ("AveragePooling2D", lambda m: m.AveragePooling2D(3, 2, "same"), (16, 56, 56, 64)),
    ("AveragePooling3D", lambda m: m.AveragePooling3D(2), (4, 16, 16, 16, 16)),
    ("GlobalAveragePooling2D", lambda m: m.GlobalAveragePooling2D(), (16, 28, 28, 128)),
    ("GlobalMaxPooling2D", lambda m: m.GlobalMaxPooling2D(), (16, 28, 28, 128)),
    ("BatchNormalization 4-D", lambda m: m.BatchNormalization(), (16, 28, 28, 64)),
    ("BatchNormalization 4-D wide", lambda m: m.BatchNormalization(), (8, 14, 14, 512)),
    ("BatchNormalization 2-D", lambda m: m.BatchNormalization(), (256, 512)),
    ("LayerNormalization", lambda m: m.LayerNormalization(), (32, 128, 256)),
    ("LayerNormalization 2-D", lambda m: m.LayerNormalization(), (256, 512)),
    ("GroupNormalization", lambda m: m.GroupNormalization(8), (8, 28, 28, 64)),
    ("RMSNormalization", lambda m: m.RMSNormalization(), (32, 128, 256)),
    ("MultiHeadAttention", lambda m: _attention(m.MultiHeadAttention(4, 32)), (8, 128, 128)),
    ("GroupQueryAttention", lambda m: _attention(m.GroupQueryAttention(32, 8, 2)), (8, 128, 256)),
    ("Dense", lambda m: m.Dense(512, activation="relu"), (256, 512)),
    ("PReLU", lambda m: m.PReLU(shared_axes=[1, 2]), (16, 28, 28, 64)),
    ("UpSampling2D", lambda m: m.UpSampling2D(2, interpolation="bilinear"), (8, 14, 14, 64)),
]


def _attention(layer: Any) -> Any:
    return lambda x, training: layer(x, x, training=training)


def step(layer: Any, data: Any, upstream: Any, xla: bool | None) -> Callable[[], object]:
    """Output and gradients, by the input and all weights, as one compiled call."""

    @tf.function(autograph=False, jit_compile=xla)
    def run(x: Any, upstream: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
        watched = list(tape.watched_variables())
        return outputs, tape.gradient(outputs, [x, *watched], upstream)

    return lambda: run(data, upstream)


def measure(make: Maker, shape: tuple[int, ...], rounds: int = 40) -> list[list[float]]:
    """Milliseconds of each round: ours, ours by XLA, Keras, Keras by XLA; empty if it has none."""
    data = tf.constant(np.random.default_rng(0).standard_normal(shape).astype("float32"))
    runs: list[Callable[[], object] | None] = []
    for kind in (klayers, keras.layers):
        for xla in (False, True):
            layer = make(kind)
            upstream = tf.random.normal(layer(data, training=True).shape)
            run = step(layer, data, upstream, xla)
            try:
                for _ in range(3):
                    run()
            except tf.errors.InvalidArgumentError:  # a kernel that XLA does not have
                runs.append(None)
            else:
                runs.append(run)
    times: list[list[float]] = [[] for _ in runs]
    turns = [(own, run) for own, run in zip(times, runs, strict=True) if run is not None]
    for _ in range(rounds):
        random.shuffle(turns)  # who comes behind XLA's run finds its data out of the cache
        for own, run in turns:
            start = time.perf_counter()
            run()
            own.append((time.perf_counter() - start) * 1e3)
    return times


def ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(b / a for a, b in zip(ours, theirs, strict=True))


def main() -> None:
    asked = sys.argv[1:]
    heads = ["layer", "input", "ours", "ours, XLA", "Keras", "Keras, XLA", "ratio", "best to best"]
    print(f"| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    for name, make, shape in CASES:
        if asked and not any(part in name for part in asked):
            continue
        times = measure(make, shape)
        medians = [statistics.median(t) if t else float("inf") for t in times]
        best = [min(times[a:b], key=lambda t: statistics.median(t or [1e9])) for a, b in PAIRS]
        cells = [f"{m:.2f} ms" if t else "none" for m, t in zip(medians, times, strict=True)]
        ratios = [f"{ratio(times[0], times[2]):.2f}x", f"{ratio(*best):.2f}x"]
        print(f"| {' | '.join([name, str(shape), *cells, *ratios])} |", flush=True)


if __name__ == "__main__":
    main()
