"""FormatSubject: a file format under test, and models to write."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from kcore import Input, Layer, Sequential, ops
from kcore.plugins.catalogue import catalogue
from kcore.testing.subject import Subject

FEATURES = 3


class Weighted(Layer):
    """A weighted sum and a shift.

    Args:
        units: number of outputs.
        **kwargs: those of every layer.
    """

    def __init__(self, units: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        """Makes a kernel (features, units) and a bias (units,)."""
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.bias = self.add_weight((self.units,), "ones", name="bias")

    def call(self, inputs: Any) -> Any:
        """Maps (batch, features) to (batch, units)."""
        return ops.matmul(inputs, self.kernel) + self.bias


class FormatSubject(Subject):
    """A file format under test.

    Args:
        make: makes the format.
        suffix: of its files, without the dot.
    """

    kind = "file_format"

    def __init__(self, make: Callable[[], Any], suffix: str) -> None:
        super().__init__(make)
        self.suffix = suffix

    @property
    def whole_model(self) -> bool:
        """Whether files hold whole models, not weights only."""
        return bool(getattr(self.make(), "whole_model", True))

    def model(self, units: int = 2, trained: bool = False) -> Any:
        """A model of two layers; with an optimizer that has made a step if `trained`."""
        model = Sequential(
            [Input((FEATURES,)), Weighted(4, name="first"), Weighted(units, name="last")]
        )
        if trained:
            model.compile("adam", loss="mse")
            model.fit(self.data(), np.ones((8, units)), epochs=1, verbose=0)
        return model

    def data(self) -> Any:
        """Inputs of 8 samples."""
        return np.random.default_rng(0).normal(size=(8, FEATURES)).astype("float32")

    @contextmanager
    def place(self, name: str = "model") -> Iterator[Path]:
        """A path in a folder that goes afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / f"{name}.{self.suffix}"

    def load(self, path: Path) -> Any:
        """The model of a file."""
        with catalogue().scope({"Weighted": Weighted}):
            return self.make().load(path, compile=True)
