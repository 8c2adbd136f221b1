"""CallbackSubject: a callback under test, and a model to train with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import Input, Layer, Sequential, ops
from kcore.callbacks import Callback
from kcore.testing.subject import Subject


class CallbackSubject(Subject):
    """A callback under test.

    Args:
        make: makes the callback, a new one at each call.
        optimizer: makes the optimizer, or its name.
    """

    kind = "callback"
    base = Callback

    def __init__(self, make: Callable[[], Any], optimizer: Callable[[], Any]) -> None:
        super().__init__(make)
        self.optimizer = optimizer

    def model(self, eager: bool = True) -> Any:
        """A compiled model with one weight; eager unless the compiled code is the point."""
        model = Sequential([Input((3,)), _Weighted()])
        model.compile(self.optimizer(), loss="mse", metrics=["mae"], run_eagerly=eager)
        return model

    def data(self) -> tuple[Any, Any]:
        """Inputs and targets of 8 samples."""
        rng = np.random.default_rng(0)
        return rng.normal(size=(8, 3)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")

    def fit(self, model: Any, callback: Any, **options: Any) -> Any:
        """Two epochs of two batches with validation; options replace those of fit."""
        x, y = self.data()
        settings: dict[str, Any] = {"epochs": 2, "batch_size": 4, "validation_data": (x, y)}
        # in one order, so that two trainings can be compared
        settings |= {"shuffle": False, "verbose": 0}
        return model.fit(x, y, callbacks=[callback], **{**settings, **options})


class _Weighted(Layer):
    """A weighted sum."""

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight((input_shape[-1], 2), "ones", name="kernel")

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.kernel)
