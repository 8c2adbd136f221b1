"""Forward and backward of layers against Keras: `python benchmarks/bench_layers.py`.

Both run in one process and take turns, each compiled without XLA and, for Keras, with it too where
that is faster. The figure is the median of the ratios of paired runs; above 1, ours is faster.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import klayers

Maker = Callable[[Any], Any]

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
    ("AveragePooling3D", lambda m: m.AveragePooling3D(), (4, 16, 16, 16, 16)),
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


def step(layer: Any, data: Any, xla: bool | None) -> Callable[[], object]:
    """Forward and backward, by the input and all weights, as one compiled call."""

    @tf.function(autograph=False, jit_compile=xla)
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(tf.square(layer(x, training=True)))
        watched = list(tape.watched_variables())
        gradients = tape.gradient(total, [x, *watched])
        return [tf.reduce_sum(g) for g in gradients if g is not None]

    return lambda: [value.numpy() for value in run(data)]


def measure(make: Maker, shape: tuple[int, ...], rounds: int = 15) -> tuple[float, float, float]:
    """Our milliseconds, Keras', and the median ratio."""
    data = tf.constant(np.random.default_rng(0).standard_normal(shape).astype("float32"))
    ours, theirs = make(klayers), [make(keras.layers) for _ in range(2)]
    for layer in (ours, *theirs):
        layer(data, training=True)
    runs = [step(ours, data, None), step(theirs[0], data, None)]
    try:
        compiled = step(theirs[1], data, True)
        compiled()
        runs.append(compiled)
    except Exception:  # a kernel that XLA does not have
        pass
    for run in runs:
        for _ in range(3):
            run()
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for own, run in zip(times, runs, strict=True):
            start = time.perf_counter()
            run()
            own.append((time.perf_counter() - start) * 1e3)
    best = min(times[1:], key=statistics.median)
    ratios = [b / a for a, b in zip(times[0], best, strict=True)]
    return statistics.median(times[0]), statistics.median(best), statistics.median(ratios)


def main() -> None:
    print(f"| layer | input | ours ms | Keras ms | ratio |\n{'| --- ' * 5}|")
    for name, make, shape in CASES:
        ours, theirs, ratio = measure(make, shape)
        print(f"| {name} | {shape} | {ours:.2f} | {theirs:.2f} | {ratio:.2f}x |", flush=True)


if __name__ == "__main__":
    main()
