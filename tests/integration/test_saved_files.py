"""A file finds the packages that made it: fresh processes, missing packages, strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kcore
import kdatasets.digits
from kcore.errors import MissingPackageError
from kcore.layers import Conv2D, Dense, Flatten, Input

_LOAD = """
import sys
import numpy as np
import kcore
model = kcore.models.load_model(sys.argv[1])
assert "klayers.core.dense" in sys.modules
np.save(sys.argv[3], model.predict(np.load(sys.argv[2])))
print(model.optimizer.iterations.numpy(), model.loss.name)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A small network trained on real digits, and its file."""
    (x, y), _ = kdatasets.digits.load_data()
    model = kcore.Sequential(
        [
            Input((8, 8, 1)),
            Conv2D(8, 3, activation="relu"),
            Flatten(),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:640, ..., None] / 16, y[:640], verbose=0)
    path = tmp_path_factory.mktemp("files") / "digits.h5"
    model.save(path)
    return model, path


def test_a_process_that_imports_only_kcore_loads_and_predicts_the_same(
    trained: tuple[Any, Path], tmp_path: Path
) -> None:
    model, path = trained
    x = np.random.default_rng(0).random((5, 8, 8, 1), dtype=np.float32)
    np.save(tmp_path / "x.npy", x)
    command = [sys.executable, "-c", _LOAD, str(path)]
    command += [str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "20 sparse_categorical_crossentropy\n"
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.predict(x))


def test_a_loaded_model_trains_on_exactly_like_the_one_that_was_saved(
    trained: tuple[Any, Path],
) -> None:
    model, path = trained
    (x, y), _ = kdatasets.digits.load_data()
    x = x[640:960, ..., None] / 16
    again = kcore.models.load_model(path)
    losses = [
        m.fit(x, y[640:960], shuffle=False, epochs=2, verbose=0).history["loss"]
        for m in (model, again)
    ]
    assert losses[0] == losses[1]


def test_missing_packages_are_one_error_with_every_class_and_the_pip_command(
    trained: tuple[Any, Path], tmp_path: Path
) -> None:
    import h5py

    _, path = trained
    broken = tmp_path / "stranger.h5"
    broken.write_bytes(path.read_bytes())
    with h5py.File(broken, "a") as file:
        manifest = json.loads(file.attrs["kcore_manifest"])
        assert manifest["classes"]["layer:klayers/Dense"]["distribution"] == "klayers"
        for name, package in (("attic/Old", "attic-layers"), ("lab/New", "lab")):
            manifest["classes"][f"layer:{name}"] = {"distribution": package, "version": "2.1"}
        file.attrs["kcore_manifest"] = json.dumps(manifest)
    with pytest.raises(MissingPackageError) as caught:
        kcore.models.load_model(broken)
    message = str(caught.value)
    for fact in ("attic/Old", "lab/New", "2.1", "pip install attic-layers lab", str(broken)):
        assert fact in message
