"""fit of Embedding(20000, 128), LSTM(128), Dense(1) on 80 steps, batch 32, Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
from timing import fit_figures

WORDS, STEPS_LONG, BATCH, UNITS, STEPS = 20_000, 80, 32, 128, 60


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.integers(0, WORDS, (BATCH * STEPS, STEPS_LONG)).astype("int32")
    return x, rng.integers(0, 2, (BATCH * STEPS, 1)).astype("float32")


def _fit(keras: Any) -> dict[str, float]:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((STEPS_LONG,), dtype="int32"),
            layers.Embedding(WORDS, UNITS),
            layers.LSTM(UNITS),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    x, y = data()

    def run(steps: int) -> None:
        rows = steps * BATCH
        model.fit(x[:rows], y[:rows], batch_size=BATCH, epochs=1, verbose=0)

    return fit_figures(run, STEPS)


def kcore() -> dict[str, float]:
    import kcore

    return _fit(kcore)


def keras() -> dict[str, float]:
    import keras

    return _fit(keras)


def torch() -> dict[str, float]:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(WORDS, UNITS)
            self.lstm = nn.LSTM(UNITS, UNITS, batch_first=True)
            self.head = nn.Linear(UNITS, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(self.embedding(x))[0][:, -1])

    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.BCEWithLogitsLoss()
    x, y = (torch.from_numpy(a) for a in data())
    x = x.long()

    def run(steps: int) -> None:
        model.train()
        order = torch.randperm(len(x))
        for i in range(steps):
            rows = order[i * BATCH : (i + 1) * BATCH]
            loss = criterion(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss.item()

    return fit_figures(run, STEPS)
