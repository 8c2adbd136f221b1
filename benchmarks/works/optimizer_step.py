"""One step of an optimizer on 23.5 million parameters in 161 tensors: those of ResNet50."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

STAGES = ((64, 256, 3), (128, 512, 4), (256, 1024, 6), (512, 2048, 3))
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "adam_ms": ("Adam", {}),
    "sgd_ms": ("SGD", {"learning_rate": 0.01, "momentum": 0.9}),
    "rmsprop_ms": ("RMSprop", {}),
}


def shapes() -> list[tuple[int, ...]]:
    """53 convolutions, scale and shift of 53 normalisations, a head."""
    kernels: list[tuple[int, ...]] = [(7, 7, 3, 64)]
    channels = 64
    for width, out, blocks in STAGES:
        for block in range(blocks):
            kernels += [(1, 1, channels, width), (3, 3, width, width), (1, 1, width, out)]
            if block == 0:
                kernels.append((1, 1, channels, out))
            channels = out
    scales = [(kernel[-1],) for kernel in kernels for _ in range(2)]
    return [*kernels, *scales, (2048, 10), (10,)]


def values(scale: float) -> list[Any]:
    rng = np.random.default_rng(0)
    return [scale * rng.standard_normal(shape).astype("float32") for shape in shapes()]


def milliseconds(step: Callable[[], object], count: int = 15) -> float:
    for _ in range(3):
        step()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def _compiled(tf: Any, apply: Callable[[Any], None], xla: bool | None) -> Callable[[], object]:
    gradients = [tf.constant(v) for v in values(0.01)]

    @tf.function(autograph=False, jit_compile=xla)
    def step(gradients: Any) -> Any:
        apply(gradients)
        return tf.constant(0)

    return lambda: step(gradients).numpy()


def kcore() -> dict[str, float]:
    import tensorflow as tf

    import kcore

    figures = {}
    for figure, (name, options) in OPTIMIZERS.items():
        weights = [kcore.Variable(v) for v in values(1.0)]
        optimizer = getattr(kcore.optimizers, name)(**options)
        optimizer.build(weights)
        for variable in optimizer.variables:
            variable.storage  # noqa: B018 - reading it makes it
        step = _compiled(tf, lambda g, o=optimizer, w=weights: o.apply(g, w), None)
        figures[figure] = milliseconds(step)
    return figures


def keras() -> dict[str, float]:
    """The better of plain and XLA-compiled code."""
    import keras
    import tensorflow as tf

    figures = {}
    for figure, (name, options) in OPTIMIZERS.items():
        best = []
        for xla in (None, True):
            weights = [keras.Variable(v) for v in values(1.0)]
            optimizer = getattr(keras.optimizers, name)(**options)
            optimizer.build(weights)
            step = _compiled(tf, lambda g, o=optimizer, w=weights: o.apply(g, w), xla)
            best.append(milliseconds(step))
        figures[figure] = min(best)
    return figures


def torch() -> dict[str, float]:
    import torch

    figures = {}
    makers = {
        "adam_ms": lambda p: torch.optim.Adam(p),
        "sgd_ms": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
        "rmsprop_ms": lambda p: torch.optim.RMSprop(p, lr=0.001),
    }
    for figure, make in makers.items():
        weights = [torch.nn.Parameter(torch.from_numpy(v)) for v in values(1.0)]
        for weight, gradient in zip(weights, values(0.01), strict=True):
            weight.grad = torch.from_numpy(gradient)
        figures[figure] = milliseconds(make(weights).step)
    return figures


def bare() -> dict[str, float]:
    """The fused kernels alone."""
    import tensorflow as tf

    def slots() -> list[Any]:
        return [tf.Variable(tf.zeros(shape)) for shape in shapes()]

    weights = [tf.Variable(v) for v in values(1.0)]
    first, second = slots(), slots()

    def adam(gradients: Any) -> None:
        for w, m, v, g in zip(weights, first, second, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=0.9,
                beta2_power=0.999,
                lr=0.001,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                grad=g,
            )

    def sgd(gradients: Any) -> None:
        for w, m, g in zip(weights, first, gradients, strict=True):
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=w.handle, accum=m.handle, lr=0.01, grad=g, momentum=0.9
            )

    def rmsprop(gradients: Any) -> None:
        for w, m, v, g in zip(weights, first, second, gradients, strict=True):
            tf.raw_ops.ResourceApplyRMSProp(
                var=w.handle,
                ms=m.handle,
                mom=v.handle,
                lr=0.001,
                rho=0.9,
                momentum=0.0,
                epsilon=1e-7,
                grad=g,
            )

    steps = {"adam_ms": adam, "sgd_ms": sgd, "rmsprop_ms": rmsprop}
    return {figure: milliseconds(_compiled(tf, step, None)) for figure, step in steps.items()}
