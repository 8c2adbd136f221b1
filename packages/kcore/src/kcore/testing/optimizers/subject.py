"""OptimizerSubject: an optimizer under test, with weights and gradients for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kcore.optimizers import Optimizer
from kcore.testing.subject import Subject
from kcore.variable import Variable

_SHAPES = ((4, 3), (3,))


class OptimizerSubject(Subject):
    """An optimizer under test."""

    kind = "optimizer"
    base = Optimizer

    def weights(self) -> list[Variable]:
        """A matrix and a vector, the same at each call."""
        rng = np.random.default_rng(0)
        return [
            Variable(rng.normal(size=shape).astype("float32"), name=f"weight_{place}")
            for place, shape in enumerate(_SHAPES)
        ]

    def gradients(self, step: int) -> list[Any]:
        """Gradients for those weights, others at each step."""
        rng = np.random.default_rng(100 + step)
        return [rng.normal(size=shape).astype("float32") for shape in _SHAPES]

    def stepped(self, steps: int, start: int = 0) -> tuple[Any, list[Variable]]:
        """An optimizer and its weights after some steps."""
        optimizer, weights = self.make(), self.weights()
        optimizer.build(weights)
        self.step(optimizer, weights, range(start, start + steps))
        return optimizer, weights

    def step(self, optimizer: Any, weights: list[Variable], numbers: range) -> None:
        """Steps with the gradients of these numbers."""
        for number in numbers:
            optimizer.apply_gradients(zip(self.gradients(number), weights, strict=True))
