"""Files of models of many shapes go both ways between kcore, Keras 3 and tf_keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest
import tf_keras
from file_models import MODELS
from file_twins import assert_same, filled

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
