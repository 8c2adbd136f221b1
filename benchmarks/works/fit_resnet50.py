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
