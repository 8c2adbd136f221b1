"""Files of models of many shapes go both ways between kcore, Keras 3 and tf_keras."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
from file_models import MODELS
from twins import numbers

import kcore

# Keras 3 reads operations between layers, and calls with several tensor arguments, in one form and
# tf_keras in another: ours is the newer one
NEWER = ("states", "transformer", "operators", "parts", "attention_by_name", "backward_states")
NOT_BOTH = {("tf_keras", name) for name in NEWER}
PEERS = {"keras": (keras, ("keras", "h5", "weights.h5")), "tf_keras": (tf_keras, ("h5",))}

pytestmark = [
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file"),
    pytest.mark.filterwarnings("ignore:Argument `alpha` is deprecated"),
    # Masking that ends at a layer without one: what the models are made to do
    pytest.mark.filterwarnings("ignore:.*does not support mask.*"),
]


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


def read(framework: Any, build: Any, path: Path) -> Any:
    if not path.name.endswith(".weights.h5"):
        return framework.models.load_model(str(path))
    model = build(framework)
    model.load_weights(str(path))
    return model


def write(model: Any, path: Path) -> None:
    (model.save_weights if path.name.endswith(".weights.h5") else model.save)(str(path))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("peer", PEERS)
def test_files_go_both_ways(peer: str, name: str, tmp_path: Path) -> None:
    framework, suffixes = PEERS[peer]
    build, x = MODELS[name]
    theirs, ours = filled(build(framework)), filled(build(kcore))
    for suffix in suffixes:
        write(theirs, tmp_path / f"theirs.{suffix}")
        assert_same(read(kcore, build, tmp_path / f"theirs.{suffix}"), theirs, x)
        if (peer, name) in NOT_BOTH:
            continue
        write(ours, tmp_path / f"ours.{suffix}")
        assert_same(ours, read(framework, build, tmp_path / f"ours.{suffix}"), x)


def test_there_are_at_least_forty_shapes() -> None:
    assert len(MODELS) >= 40
