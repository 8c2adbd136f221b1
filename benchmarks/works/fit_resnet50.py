"""fit of ResNet50 on images 96x96, batch 8, Adam."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from timing import fit_figures

SIZE, BATCH, CLASSES, STEPS = 96, 8, 10, 12


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH * STEPS, SIZE, SIZE, 3), dtype=np.float32)
    return x, rng.integers(0, CLASSES, BATCH * STEPS).astype("int32")


def _fit(resnet: Any) -> dict[str, float]:
    start = time.perf_counter()
    model = resnet(weights=None, input_shape=(SIZE, SIZE, 3), classes=CLASSES)
    built = time.perf_counter() - start
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = data()

    def run(steps: int) -> None:
        rows = steps * BATCH
        model.fit(x[:rows], y[:rows], batch_size=BATCH, epochs=1, verbose=0)

    return {**fit_figures(run, STEPS, passes=3), "build_s": built}


def kcore() -> dict[str, float]:
    import tensorflow  # noqa: F401 - its import is measured elsewhere

    import kapps

    return _fit(kapps.ResNet50)


def keras() -> dict[str, float]:
    import keras

    return _fit(keras.applications.ResNet50)


def torch() -> dict[str, float]:
    """The same network (stride in the first 1x1 convolution), written for PyTorch."""
    import torch
    from torch import nn

    def conv(a: int, b: int, k: int, stride: int = 1, pad: int = 0) -> list[Any]:
        return [nn.Conv2d(a, b, k, stride, pad), nn.BatchNorm2d(b, eps=1.001e-5, momentum=0.01)]

    class Block(nn.Module):
        def __init__(self, inputs: int, width: int, stride: int, project: bool) -> None:
            super().__init__()
            self.path = nn.Sequential(
                *conv(inputs, width, 1, stride),
                nn.ReLU(),
                *conv(width, width, 3, 1, 1),
                nn.ReLU(),
                *conv(width, 4 * width, 1),
            )
            self.short = (
                nn.Sequential(*conv(inputs, 4 * width, 1, stride)) if project else nn.Identity()
            )

        def forward(self, x: Any) -> Any:
            return torch.relu(self.path(x) + self.short(x))

    parts = [*conv(3, 64, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(blocks):
            parts.append(Block(inputs, width, stride if i == 0 else 1, i == 0))
            inputs = 4 * width
    parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, CLASSES)]
    model = nn.Sequential(*parts)
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss()
    x, y = (torch.from_numpy(a) for a in data())
    x, y = x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last), y.long()
    model = model.to(memory_format=torch.channels_last)

    def run(steps: int) -> None:
        model.train()
        for i in range(steps):
            rows = slice(i * BATCH, (i + 1) * BATCH)
            loss = criterion(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss.item()

    return fit_figures(run, STEPS, passes=3)


def bare() -> dict[str, float]:
    """TensorFlow's kernels by hand: fused batch normalisation, fused Adam, a loop in the graph."""
    import tensorflow as tf

    rng = np.random.default_rng(1)
    raw = tf.raw_ops
    weights: list[Any] = []
    moving: list[Any] = []

    def variable(value: Any) -> Any:
        weights.append(tf.Variable(value))
        return weights[-1]

    def conv_bn(a: int, b: int, k: int) -> Any:
        scale = np.sqrt(2 / (k * k * a))
        kernel = variable((rng.standard_normal((k, k, a, b)) * scale).astype("float32"))
        bias, gamma, beta = variable(tf.zeros(b)), variable(tf.ones(b)), variable(tf.zeros(b))
        mean, var = tf.Variable(tf.zeros(b)), tf.Variable(tf.ones(b))
        moving.append((mean, var))

        def run(x: Any, stride: int = 1, padding: str = "VALID") -> Any:
            x = tf.nn.bias_add(tf.nn.conv2d(x, kernel, stride, padding), bias)
            empty = tf.constant([], tf.float32)
            out = raw.FusedBatchNormV3(
                x=x, scale=gamma, offset=beta, mean=empty, variance=empty, epsilon=1.001e-5
            )
            mean.assign_add((out.batch_mean - mean) * 0.01)
            var.assign_add((out.batch_variance - var) * 0.01)
            return out.y

        return run

    stem = conv_bn(3, 64, 7)
    blocks: list[Any] = []
    inputs = 64
    for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(count):
            short = conv_bn(inputs, 4 * width, 1) if i == 0 else None
            path = (
                conv_bn(inputs, width, 1),
                conv_bn(width, width, 3),
                conv_bn(width, 4 * width, 1),
            )
            blocks.append((short, path, stride if i == 0 else 1))
            inputs = 4 * width
    kernel = variable((rng.standard_normal((inputs, CLASSES)) * 0.02).astype("float32"))
    bias = variable(tf.zeros(CLASSES))

    def forward(x: Any) -> Any:
        x = tf.nn.relu(stem(tf.pad(x, [[0, 0], [3, 3], [3, 3], [0, 0]]), 2))
        x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
        for short, path, stride in blocks:
            y = tf.nn.relu(path[0](x, stride))
            y = path[2](tf.nn.relu(path[1](y, 1, "SAME")))
            x = tf.nn.relu(y + (short(x, stride) if short else x))
        return tf.matmul(tf.reduce_mean(x, [1, 2]), kernel) + bias

    slots = [(tf.Variable(tf.zeros_like(w)), tf.Variable(tf.zeros_like(w))) for w in weights]
    number = tf.Variable(0.0)

    @tf.function(autograph=False)
    def train(x: Any, y: Any, steps: Any) -> Any:
        def body(i: Any) -> Any:
            xb = tf.ensure_shape(x[i * BATCH : (i + 1) * BATCH], (BATCH, SIZE, SIZE, 3))
            yb = tf.ensure_shape(y[i * BATCH : (i + 1) * BATCH], (BATCH,))
            with tf.GradientTape() as tape:
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(yb, forward(xb))
                loss = tf.reduce_mean(losses)
            t = number.assign_add(1.0)
            for w, (m, v), g in zip(weights, slots, tape.gradient(loss, weights), strict=True):
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
            return i + 1

        tf.while_loop(lambda i: i < steps, body, [tf.constant(0)], parallel_iterations=1)
        return number.read_value()

    x, y = data()

    def run(steps: int) -> None:
        train(tf.constant(x), tf.constant(y), tf.constant(steps)).numpy()

    return fit_figures(run, STEPS, passes=3)
