"""Several devices and several processes compute what one device computes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = Path(__file__).parent / "helpers" / "distributed.py"
# relative to the length of the vector of all weights, of all losses ...
TOLERANCE = 1e-6
# of predictions: the differences of all weights together, for a single row
OUTPUT_TOLERANCE = 5e-6
# each part's gradients are rounded to 11 bits before they are added up
HALF_TOLERANCE = 1e-3


def start(*arguments: Any) -> subprocess.CompletedProcess[str]:
    """Runs Python with the arguments.

    TensorFlow's kernels are those that it takes on most processors; its others, which it takes on
    some of AMD, round parts of a batch otherwise: 1.5e-6 after the steps of Adam here.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=900, env=environment, check=False
    )


def launch(count: int, *arguments: Any) -> subprocess.CompletedProcess[str]:
    """Runs `kcore launch` with the arguments."""
    return start("-m", "kcore", "launch", "-n", count, *arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one device computes, and 1, 2 and 4 of one process."""
    found = tmp_path_factory.mktemp("distributed")
    done = start(SCRIPT, "mirrored", found)
    assert done.returncode == 0, done.stderr[-3000:]
    return found


def check(case: str, found: Any, expected: Any, place: Any) -> None:
    """Compares every result, relative to the length of what is expected."""
    # callbacks run in the first process only
    assert set(found) >= set(expected) - {"steps"}
    for name in expected:
        if name == "steps" and not len(found[name]):
            continue
        length = max(float(np.linalg.norm(expected[name])), 1e-12)
        error = float(np.linalg.norm(found[name] - expected[name])) / length
        limit = OUTPUT_TOLERANCE if "prediction" in name else TOLERANCE
        assert error <= (HALF_TOLERANCE if case == "float16" else limit), (case, name, place)


CASES = (
    "dense momentum accumulation sample_weight class_weight convolution recurrent masked_loss "
    "float16 own_step sequence tf_data"
).split()


@pytest.mark.parametrize("case", CASES)
def test_devices_of_one_process_compute_what_one_does(folder: Path, case: str) -> None:
    expected = np.load(folder / f"{case}-0-0.npz")
    for count in (1, 2, 4) if case == "dense" else (2, 4):
        found = np.load(folder / f"{case}-{count}-0.npz")
        check(case, found, expected, count)


def test_one_device_of_a_distribution_is_one_device_bit_for_bit(folder: Path) -> None:
    found, expected = np.load(folder / "dense-1-0.npz"), np.load(folder / "dense-0-0.npz")
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_statistics_of_a_device_are_its_own_unless_synchronized(folder: Path) -> None:
    expected = np.load(folder / "by_replica-0-0.npz")
    found = np.load(folder / "by_replica-2-0.npz")
    assert np.abs(found["weights"] - expected["weights"]).max() > 1e-3
    assert np.isfinite(found["weights"]).all()


@pytest.mark.parametrize(
    ("count", "cases"),
    [
        (2, "momentum accumulation convolution masked_loss float16 own_step sequence tf_data"),
        (4, "dense convolution recurrent"),
    ],
)
def test_processes_compute_what_one_does(folder: Path, count: int, cases: str) -> None:
    done = launch(count, SCRIPT, "workers", folder, *cases.split())
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    for case in cases.split():
        expected = np.load(folder / f"{case}-0-0.npz")
        for rank in range(count):
            found = np.load(folder / f"{case}-{count}w-{rank}.npz")
            assert rank or "steps" not in expected or len(found["steps"])
            check(case, found, expected, rank)


# The processes have seeds of their own, on purpose: the chief's count.
RUN = """
import sys, time
import numpy as np
import kcore
from kcore import callbacks, layers

scope = kcore.distribute("multi_worker")
rank = scope.devices.rank
folder, out, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
rng = np.random.default_rng(0)
x, y = rng.normal(size=(120, 10)).astype("float32"), rng.integers(0, 3, 120)
kcore.reproducible(5 + rank)
model = kcore.Sequential([
    layers.Input((10,)), layers.Dense(8, activation="relu"), layers.Dropout(0.2), layers.Dense(3),
    layers.Softmax(),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], distribute=scope)
calls = []

class Watch(callbacks.Callback):
    def on_train_chunk_end(self, steps, logs):
        calls.append(steps)
        time.sleep(pause)

    # the chief computes alone, and what it changes is changed everywhere
    def on_epoch_end(self, epoch, logs):
        logs["again"] = self.model.evaluate(x, y, verbose=0)[0]
        first = self.model.layers[0]
        first.set_weights([weight * 0.9 for weight in first.get_weights()])

own = [
    Watch(), callbacks.BackupAndRestore(folder, save_freq=5, delete_checkpoint=False),
    callbacks.ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=0.05),
    callbacks.ModelCheckpoint(out + ".keras"),
]
history = model.fit(x, y, batch_size=10, epochs=5, verbose=2, callbacks=own)
assert bool(calls) == (rank == 0)
np.savez(
    f"{out}-{rank}.npz", *model.get_weights(), *model.optimizer.get_weights(),
    loss=history.history["loss"], rate=model.optimizer.learning_rate,
)
"""


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_one(script: Path, folder: Path, out: Path, chance: random.Random) -> None:
    """Starts a job and kills one of its two processes at a random moment of training."""
    command = [sys.executable, "-m", "kcore", "launch", "-n", "2", str(script), str(folder)]
    before = {path.name for path in folder.glob("run-*")}
    log = out.with_suffix(".log")
    with log.open("w") as stream:
        job = subprocess.Popen([*command, str(out), "0.05"], stdout=stream, stderr=stream)
        deadline = time.monotonic() + 120
        while {path.name for path in folder.glob("run-*")} == before:
            assert time.monotonic() < deadline and job.poll() is None, log.read_text()[-3000:]
            time.sleep(0.02)
        time.sleep(chance.random() * 0.5)
        workers = children(job.pid)
        rank = chance.randrange(2)
        start = time.monotonic()
        os.kill(workers[rank], signal.SIGKILL)
        code = job.wait(timeout=180)
    said = log.read_text()
    assert time.monotonic() - start < 30
    assert code == 128 + signal.SIGKILL, said[-3000:]
    assert f"Worker {rank} was ended by SIGKILL" in said
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    # the other one said who is gone, unless it was ended before it could
    other = [line for line in said.splitlines() if line.startswith(f"[{1 - rank}]")]
    assert not any("WorkerError" in line for line in other) or any(
        f"Worker {rank} (127.0.0.1:" in line for line in other
    )


def test_a_job_whose_worker_is_killed_goes_on_exactly(tmp_path: Path) -> None:
    """KCORE_KILLS=20 does it twenty times."""
    chance = random.Random(3)
    script = tmp_path / "run.py"
    script.write_text(RUN)
    straight = launch(2, script, tmp_path / "straight-run", tmp_path / "straight", "0")
    assert straight.returncode == 0, (straight.stdout + straight.stderr)[-3000:]
    shown = [line for line in straight.stdout.splitlines() if "Epoch 1/5" in line]
    assert len(shown) == 1 and shown[0].startswith("[0]")
    for kill in range(int(os.environ.get("KCORE_KILLS", "1"))):
        folder, out = tmp_path / f"killed-run-{kill}", tmp_path / f"killed-{kill}"
        kill_one(script, folder, out, chance)
        assert not out.with_name(f"{out.name}-0.npz").exists()
        again = launch(2, script, folder, out, "0")
        assert again.returncode == 0, (again.stdout + again.stderr)[-3000:]
        for rank in range(2):
            found = np.load(tmp_path / f"{out.name}-{rank}.npz")
            expected = np.load(tmp_path / f"straight-{rank}.npz")
            assert all(np.array_equal(found[name], expected[name]) for name in expected), kill
    first, second = (np.load(tmp_path / f"straight-{rank}.npz") for rank in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


DIFFERENT = """
import sys
import numpy as np
import kcore
from kcore import layers

scope = kcore.distribute("multi_worker")
model = kcore.Sequential([
    layers.Input((4,)), layers.Dense(8 + scope.devices.rank), layers.Dense(1)
])
model.compile("sgd", "mse", distribute=scope)
try:
    model.fit(np.zeros((8, 4)), np.zeros((8, 1)), verbose=0)
except kcore.errors.WorkerError as error:
    print("REFUSED", error)
"""

LATE = """
import kcore
from kcore import layers

model = kcore.Sequential([layers.Input((4,)), layers.Dense(8)])
model.get_weights()
try:
    model.compile("sgd", "mse", distribute="multi_worker")
except kcore.errors.ConfigurationError as error:
    print("REFUSED", error)
"""


@pytest.mark.parametrize(("source", "fact"), [(DIFFERENT, "'weights'"), (LATE, "was computed")])
def test_what_cannot_work_is_refused_by_every_worker(
    tmp_path: Path, source: str, fact: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(source)
    done = launch(2, script)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    refused = [line for line in done.stdout.splitlines() if "REFUSED" in line]
    assert len(refused) == 2 and all(fact in line for line in refused), done.stdout
