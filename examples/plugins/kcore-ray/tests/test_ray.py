"""Two workers of Ray compute what one device does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ray")
pytest.importorskip("ray.train.tensorflow")

# a script of its own: Ray sends what is defined in a main program as it is
SCRIPT = """
import os, sys
import numpy as np

def train(distribute=None):
    import kcore
    from kcore import layers

    kcore.reproducible(3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 6)).astype("float32"), rng.integers(0, 3, 50)
    model = kcore.Sequential([
        layers.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(3, "softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", distribute=distribute)
    model.fit(x, y, batch_size=10, epochs=2, verbose=0)
    return np.concatenate([weight.reshape(-1) for weight in model.get_weights()])

def in_worker(config):
    import kcore

    if config["own addresses"]:
        del os.environ["TF_CONFIG"]
    scope = kcore.distribute("ray")
    np.save(f"{config['folder']}/{scope.devices.rank}.npy", train(scope))

if __name__ == "__main__":
    import ray
    import ray.train
    from ray.train.tensorflow import TensorflowTrainer

    folder = sys.argv[1]
    ray.init(num_cpus=2, include_dashboard=False)
    TensorflowTrainer(
        in_worker,
        train_loop_config={"folder": folder, "own addresses": sys.argv[2] == "own"},
        scaling_config=ray.train.ScalingConfig(num_workers=2),
        run_config=ray.train.RunConfig(storage_path=folder, name="two"),
    ).fit()
    ray.shutdown()
    np.save(f"{folder}/expected.npy", train())
"""


@pytest.mark.parametrize("addresses", ["own", "of Ray"])
def test_workers_of_ray_train_compute_what_one_device_does(tmp_path: Path, addresses: str) -> None:
    script = tmp_path / "job.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), addresses],
        env={**os.environ, "RAY_AUTH_MODE": "disabled", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    expected = np.load(tmp_path / "expected.npy")
    for rank in range(2):
        found = np.load(tmp_path / f"{rank}.npy")
        assert np.linalg.norm(found - expected) <= 1e-6 * np.linalg.norm(expected)
