"""Models whose files are compared: with weights of their own, and what they give."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from twins import numbers


def filled(model: Any) -> Any:
    """The model with weights that are no initializer's: spread around 0.5, all positive."""
    seed = zlib.crc32(str([w.shape for w in model.weights]).encode())
    values = [
        np.asarray(numbers(*w.shape, seed=seed + i, low=0.1, high=0.9), w.dtype)
        for i, w in enumerate(model.get_weights())
    ]
    model.set_weights(values)
    return model


def outputs(model: Any, x: Any) -> list[Any]:
    """What the model gives, as a flat list of arrays."""
    peer = type(model).__module__.split(".")[0]
    if peer != "kcore" and np.asarray(x[0]).dtype == object:
        import tensorflow as tf

        x = tf.constant(x.tolist())
    found = model(x, training=False)
    if isinstance(found, dict):
        found = [found[key] for key in sorted(found)]
    found = found if isinstance(found, (list, tuple)) else [found]
    return [np.asarray(v) for v in found]


def assert_same(one: Any, other: Any, x: Any) -> None:
    for own, expected in zip(outputs(one, x), outputs(other, x), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5)
