"""Trains small models on one device, on several, or as one of several processes.

`distributed.py mirrored FOLDER` computes every case on one device and on 1, 2 and 4 logical devices
of this process; `distributed.py workers FOLDER CASE...` some as a process of a cluster. Each leaves
files of arrays in the folder, "<case>-<devices>-<rank>.npz"; devices 0 means no distribution.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import kcore
from kcore import backend, callbacks, layers, optimizers

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(83, 12)).astype("float32"), RNG.integers(0, 3, 83)
# the last batch of 8 has 1 row, fewer than there are devices
IMAGES = RNG.normal(size=(41, 8, 8, 3)).astype("float32"), RNG.integers(0, 3, 41)
TEXTS = RNG.integers(1, 30, (45, 9)), RNG.integers(0, 3, 45)
TEXTS[0][np.arange(9)[None] >= RNG.integers(2, 10, 45)[:, None]] = 0


def dense(**policy: Any) -> Any:
    return kcore.Sequential(
        [
            layers.Input((12,)),
            layers.Dense(16, activation="relu", **policy),
            layers.Dense(16, activation="tanh", kernel_regularizer="l2", **policy),
            layers.Dense(3, activation="softmax", activity_regularizer="l2", dtype="float32"),
        ]
    )


def convolution(synchronized: bool = True) -> Any:
    return kcore.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(8, 3, use_bias=False),
            layers.BatchNormalization(synchronized=synchronized, momentum=0.8),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def recurrent() -> Any:
    return kcore.Sequential(
        [
            layers.Input((9,)),
            layers.Embedding(30, 8, mask_zero=True),
            layers.LSTM(8, return_sequences=True),
            layers.LSTM(8),
            layers.Dense(3, activation="softmax"),
        ]
    )


def labels_of_steps() -> Any:
    """The loss and metrics themselves are masked."""
    return kcore.Sequential(
        [
            layers.Input((9,)),
            layers.Embedding(30, 8, mask_zero=True),
            layers.LSTM(8, return_sequences=True),
            layers.Dense(3, activation="softmax"),
        ]
    )


class OwnStep(kcore.Model):
    """Writes its own step of training."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = layers.Dense(3, activation="softmax")
        self.norm = layers.BatchNormalization(synchronized=True)

    def call(self, inputs: Any) -> Any:
        return self.inner(self.norm(inputs))

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        weights = self.trainable_weights

        def compute() -> Any:
            y_pred = self(x, training=True)
            return self.compute_loss(x, y, y_pred), y_pred

        loss, _, gradients = backend.autodiff.value_and_gradients(
            compute, [w.storage for w in weights]
        )
        self.optimizer.apply(gradients, weights)
        return {"own_loss": loss}


class Numbered(kcore.utils.Sequence):
    """The rows as batches by number."""

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> Any:
        rows = slice(8 * index, 8 * index + 8)
        return ROWS[0][rows], ROWS[1][rows]


def pipeline() -> Any:
    return backend.datasets.batched(backend.datasets.from_rows(ROWS), 8)


@dataclass
class Case:
    """A model, its optimizer, its data and what else fit is told."""

    make: Callable[[], Any]
    optimizer: Callable[[], Any]
    data: Any
    fit: dict[str, Any] = field(default_factory=dict)
    loss: str = "sparse_categorical_crossentropy"
    stepwise: bool = False


def adam() -> Any:
    return optimizers.Adam(0.01)


def momentum() -> Any:
    return optimizers.SGD(0.05, momentum=0.9)


def accumulating() -> Any:
    return optimizers.Adam(0.01, gradient_accumulation_steps=2, global_clipnorm=0.5)


CASES = {
    "dense": Case(dense, adam, ROWS),
    "momentum": Case(dense, momentum, ROWS, stepwise=True),
    "accumulation": Case(dense, accumulating, ROWS),
    "sample_weight": Case(dense, adam, ROWS, {"sample_weight": RNG.random(83)}),
    "class_weight": Case(dense, adam, ROWS, {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
    "convolution": Case(convolution, momentum, IMAGES),
    "by_replica": Case(lambda: convolution(False), momentum, IMAGES),
    "recurrent": Case(recurrent, adam, TEXTS),
    "masked_loss": Case(
        labels_of_steps, adam, (TEXTS[0], TEXTS[0] % 3), {"sample_weight": RNG.random((45, 9))}
    ),
    "float16": Case(lambda: dense(dtype="mixed_float16"), momentum, ROWS),
    "own_step": Case(OwnStep, adam, ROWS),
    "sequence": Case(dense, adam, Numbered()),
    "tf_data": Case(dense, adam, pipeline),
}


class Losses(callbacks.Callback):
    """Keeps the mean loss so far after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.values.append(logs["loss"])


def run(case: Case, distribute: Any) -> dict[str, Any]:
    """What a case computes: weights, slots, history, evaluation, prediction."""
    kcore.reproducible(3)
    model = case.make()
    model.compile(
        case.optimizer(), case.loss, metrics=["accuracy"], weighted_metrics=["ce"],
        distribute=distribute,
    )  # fmt: skip
    data = case.data() if callable(case.data) else case.data
    arrays = isinstance(data, tuple)
    watch = [Losses()] if case.stepwise else []
    given = {"batch_size": 8} if arrays else {}
    x, y = data if arrays else (data, None)
    checked = (x[:21], y[:21]) if arrays else (ROWS[0][:21], ROWS[1][:21])
    history = model.fit(
        x, y, epochs=2, verbose=0, callbacks=watch, validation_data=checked, **given, **case.fit
    )
    found = {f"history {name}": values for name, values in history.history.items()}
    found["evaluation"] = model.evaluate(x, y, verbose=0, **given)
    found["prediction"] = model.predict(checked[0], batch_size=8)
    found["small prediction"] = model.predict(checked[0][:1])
    found["weights"] = np.concatenate([w.reshape(-1) for w in model.get_weights()])
    slots = [np.reshape(w, -1) for w in model.optimizer.get_weights()]
    found["optimizer"] = np.concatenate(slots).astype("float64")
    if watch:
        found["steps"] = watch[0].values
    return found


def main(mode: str, folder: Path, names: list[str]) -> None:
    if mode == "workers":
        scope = kcore.distribute("multi_worker")
        count, rank = scope.devices.count, scope.devices.rank
        for name in names:
            np.savez(folder / f"{name}-{count}w-{rank}.npz", **run(CASES[name], scope))
        return
    backend.distribution.split_processor(4)
    for name, case in CASES.items():
        for count in (0, 1, 2, 4) if name == "dense" else (0, 2, 4):
            devices = [f"CPU:{i}" for i in range(count)]
            made = backend.distribution.mirrored_on(devices) if count else None
            np.savez(folder / f"{name}-{count}-0.npz", **run(case, made))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
