"""The same model made of two frameworks, with the same weights, on the same data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import kcore

Builder = Callable[[Any], Any]


def pair(build: Builder, peer: Any = keras) -> tuple[Any, Any]:
    """A model of kcore and one of the peer, both with the peer's first weights.

    `build` gets the framework's module and uses names that both have.
    """
    theirs = build(peer)
    ours = build(kcore)
    copy_weights(theirs, ours)
    return ours, theirs


def copy_weights(source: Any, target: Any) -> None:
    """Sets the weights of one model by the order of `get_weights`, which is thereby tested."""
    values = source.get_weights()
    shapes = [tuple(v.shape) for v in target.get_weights()]
    assert shapes == [tuple(v.shape) for v in values]
    target.set_weights(values)


def fit_both(
    ours: Any, theirs: Any, *data: Any, epochs: int = 3, batch_size: int = 8, **options: Any
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The histories of both after training without shuffling."""
    found = []
    for model in (ours, theirs):
        history = model.fit(
            *data, epochs=epochs, batch_size=batch_size, shuffle=False, verbose=0, **options
        )
        found.append(history.history)
    return found[0], found[1]


def assert_equal_logs(
    ours: dict[str, Any], theirs: dict[str, Any], rtol: float = 1e-4, atol: float = 1e-6
) -> None:
    """The same keys, as sets (Keras sorts them), and the same values."""
    assert set(ours) == set(theirs)
    for key, expected in theirs.items():
        np.testing.assert_allclose(ours[key], expected, rtol=rtol, atol=atol, err_msg=key)


def assert_equal_weights(ours: Any, theirs: Any, rtol: float = 1e-3, atol: float = 1e-5) -> None:
    """The same numbers of shapes and values, in the same order."""
    for index, (own, expected) in enumerate(
        zip(ours.get_weights(), theirs.get_weights(), strict=True)
    ):
        np.testing.assert_allclose(own, expected, rtol=rtol, atol=atol, err_msg=f"weight {index}")


def numbers(*shape: int, seed: int = 0, low: float = -1.0, high: float = 1.0) -> Any:
    """Uniform float32 numbers."""
    return np.random.default_rng(seed).uniform(low, high, shape).astype("float32")


def classes(count: int, *shape: int, seed: int = 0) -> Any:
    """Class numbers."""
    return np.random.default_rng(seed).integers(0, count, shape)


def one_hot(numbers: Any, count: int) -> Any:
    """Class numbers as float32 rows."""
    return np.eye(count, dtype="float32")[numbers]
