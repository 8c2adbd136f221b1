"""fit of 784-512-512-10 with dropout, batch 32, Adam, accuracy, on 12,800 rows of float32."""

from __future__ import annotations

from typing import Any

import numpy as np
from timing import fit_figures

ROWS, BATCH, UNITS, RATE = 12_800, 32, 512, 0.2
STEPS = ROWS // BATCH


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, 784), dtype=np.float32)
    return x, rng.integers(0, 10, ROWS).astype("int32")


def _fit(keras: Any, loss: Any) -> dict[str, float]:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((784,)),
            layers.Dense(UNITS, activation="relu"),
            layers.Dropout(RATE),
            layers.Dense(UNITS, activation="relu"),
            layers.Dropout(RATE),
            layers.Dense(10),
        ]
    )
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    x, y = data()

    def run(steps: int) -> None:
        rows = steps * BATCH
        model.fit(x[:rows], y[:rows], batch_size=BATCH, epochs=1, verbose=0)

    return fit_figures(run, STEPS)


def kcore() -> dict[str, float]:
    import kcore

    loss = kcore.losses.SparseCategoricalCrossentropy(from_logits=True)
    return _fit(kcore, loss)


def keras() -> dict[str, float]:
    import keras

    return _fit(keras, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def torch() -> dict[str, float]:
    import torch
    from torch import nn

    model = nn.Sequential(
        nn.Linear(784, UNITS),
        nn.ReLU(),
        nn.Dropout(RATE),
        nn.Linear(UNITS, UNITS),
        nn.ReLU(),
        nn.Dropout(RATE),
        nn.Linear(UNITS, 10),
    )
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss()
    x, y = (torch.from_numpy(a) for a in data())
    y = y.long()

    def run(steps: int) -> None:
        model.train()
        order = torch.randperm(len(x))
        total = torch.zeros(())
        right = torch.zeros(())
        for i in range(steps):
            rows = order[i * BATCH : (i + 1) * BATCH]
            logits = model(x[rows])
            loss = criterion(logits, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
            right += (logits.argmax(1) == y[rows]).float().mean()
        total.item()

    return fit_figures(run, STEPS)


def bare() -> dict[str, float]:
    """TensorFlow's kernels by hand: the whole epoch as one loop in the graph, fused Adam."""
    import tensorflow as tf

    rng = np.random.default_rng(1)
    sizes = (784, UNITS, UNITS, 10)
    weights = []
    for rows, columns in zip(sizes, sizes[1:], strict=False):
        limit = np.sqrt(6 / (rows + columns))
        weights.append(tf.Variable(rng.uniform(-limit, limit, (rows, columns)).astype("float32")))
        weights.append(tf.Variable(tf.zeros(columns)))
    slots = [(tf.Variable(tf.zeros_like(w)), tf.Variable(tf.zeros_like(w))) for w in weights]
    step_number = tf.Variable(0.0)
    sums = [tf.Variable(0.0), tf.Variable(0.0)]
    raw = tf.raw_ops

    def drop(h: Any, i: Any, salt: int) -> Any:
        keep = tf.random.stateless_uniform(tf.shape(h), tf.stack([salt, i])) >= RATE
        return h * tf.cast(keep, tf.float32) * (1 / (1 - RATE))

    def step(x: Any, y: Any, i: Any) -> None:
        with tf.GradientTape() as tape:
            h = drop(tf.nn.relu(tf.nn.bias_add(tf.matmul(x, weights[0]), weights[1])), i, 1)
            h = drop(tf.nn.relu(tf.nn.bias_add(tf.matmul(h, weights[2]), weights[3])), i, 2)
            logits = tf.nn.bias_add(tf.matmul(h, weights[4]), weights[5])
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        gradients = tape.gradient(loss, weights)
        t = step_number.assign_add(1.0)
        for w, (m, v), g in zip(weights, slots, gradients, strict=True):
            raw.ResourceApplyAdam(
                var=w.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=tf.pow(0.9, t),
                beta2_power=tf.pow(0.999, t),
                lr=0.001,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                grad=g,
            )
        sums[0].assign_add(loss)
        right = tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y)
        sums[1].assign_add(tf.reduce_mean(tf.cast(right, tf.float32)))

    @tf.function(autograph=False)
    def epoch(x: Any, y: Any, steps: Any) -> Any:
        def body(i: Any) -> Any:
            step(
                tf.ensure_shape(x[i * BATCH : (i + 1) * BATCH], (BATCH, 784)),
                tf.ensure_shape(y[i * BATCH : (i + 1) * BATCH], (BATCH,)),
                i,
            )
            return i + 1

        tf.while_loop(lambda i: i < steps, body, [tf.constant(0)], parallel_iterations=1)
        return sums[0].read_value()

    x, y = data()

    def run(steps: int) -> None:
        order = rng.permutation(ROWS)
        epoch(tf.constant(x[order]), tf.constant(y[order]), tf.constant(steps)).numpy()

    return fit_figures(run, STEPS)
