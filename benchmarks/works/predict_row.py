"""predict of one row by 784-512-512-10."""

from __future__ import annotations

from typing import Any

import numpy as np
from timing import call_figures

UNITS = 512
ROW = np.random.default_rng(0).standard_normal((1, 784)).astype("float32")


def _predict(keras: Any, count: int) -> dict[str, float]:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((784,)),
            layers.Dense(UNITS, activation="relu"),
            layers.Dense(UNITS, activation="relu"),
            layers.Dense(10),
        ]
    )
    return call_figures(lambda: model.predict(ROW, verbose=0), count)


def kcore() -> dict[str, float]:
    import kcore

    return _predict(kcore, 300)


def keras() -> dict[str, float]:
    import keras

    return _predict(keras, 5)


def torch() -> dict[str, float]:
    import torch
    from torch import nn

    model = nn.Sequential(
        nn.Linear(784, UNITS), nn.ReLU(), nn.Linear(UNITS, UNITS), nn.ReLU(), nn.Linear(UNITS, 10)
    ).eval()

    def call() -> Any:
        with torch.no_grad():
            return model(torch.from_numpy(ROW)).numpy()

    return call_figures(call)


def bare() -> dict[str, float]:
    """One compiled function, called with an array, its result read."""
    import tensorflow as tf

    rng = np.random.default_rng(1)
    sizes = (784, UNITS, UNITS, 10)
    pairs = list(zip(sizes, sizes[1:], strict=False))
    kernels = [tf.Variable(rng.standard_normal(p).astype("float32") * 0.05) for p in pairs]
    biases = [tf.Variable(tf.zeros(columns)) for _, columns in pairs]

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, 784), tf.float32)])
    def forward(x: Any) -> Any:
        for i, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
            x = tf.nn.bias_add(tf.matmul(x, kernel), bias)
            x = tf.nn.relu(x) if i < 2 else x
        return x

    return call_figures(lambda: forward(tf.constant(ROW)).numpy())
