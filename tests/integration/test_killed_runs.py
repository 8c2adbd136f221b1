"""A run with everything that has state, killed again and again, ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

KILLS = 30

# Imports once; each run is a child that starts with everything imported and nothing computed
SCRIPT = """
import hashlib, json, os, sys
import numpy as np
import tensorflow
import kcore
from kcore import callbacks, layers, optimizers

def run(folder):
    kcore.reproducible(11)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(90, 6, 6, 1)).astype("float32"), rng.integers(0, 3, 90)
    model = kcore.Sequential([
        layers.Input((6, 6, 1)), layers.RandomFlip(), layers.RandomRotation(0.1),
        layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Activation("relu"),
        layers.Flatten(), layers.Dropout(0.3), layers.Dense(3, activation="softmax"),
    ])
    adam = optimizers.Adam(
        0.02, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7,
        gradient_accumulation_steps=2,
    )
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    own = [
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.99),
        callbacks.ReduceLROnPlateau("loss", 0.7, patience=1, min_delta=0.05),
        callbacks.EarlyStopping("val_loss", patience=20, restore_best_weights=True),
        callbacks.BackupAndRestore(folder, save_freq=1, delete_checkpoint=False),
    ]
    history = model.fit(
        x, y, batch_size=8, epochs=40, verbose=0, validation_data=(x[:20], y[:20]), callbacks=own
    )
    total = hashlib.sha256()
    for array in (*model.get_weights(), *model.optimizer.get_weights()):
        total.update(np.ascontiguousarray(array).tobytes())
    states = [{k: v for k, v in c.state_dict().items() if k != "best_weights"} for c in own[:3]]
    for array in own[2].best_weights:
        total.update(array.tobytes())
    return {"sha": total.hexdigest(), "history": history.history, "states": states}

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        print(json.dumps(run(line.strip())), flush=True)
        os._exit(0)
    print(child, flush=True)
    print("status", os.waitpid(child, 0)[1], flush=True)
"""


class Starter:
    """Starts the script's run as often as it is asked to."""

    def __init__(self, folder: Path) -> None:
        script = folder / "script.py"
        script.write_text(SCRIPT)
        self.errors = (folder / "errors.txt").open("w")
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        self.buffer = b""
        assert self.line() == "ready"

    def line(self, seconds: float = 120.0) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], "no answer"
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, Path(self.errors.name).read_text()[-2000:]
            self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode()

    def start(self, folder: Path) -> int:
        """The number of the process that runs now."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{folder}\n".encode())
        self.process.stdin.flush()
        return int(self.line())

    def end(self) -> Any:
        """What the run gave, or the signal that ended it."""
        line = self.line()
        if line.startswith("status"):
            return int(line.split()[1])
        assert self.line() == "status 0"
        return json.loads(line)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()


@pytest.fixture
def starter(tmp_path: Path) -> Any:
    made = Starter(tmp_path)
    yield made
    made.close()


def newest(folder: Path) -> str:
    return max((path.name for path in folder.glob("run-*")), default="")


def test_killed_at_random_moments(starter: Starter, tmp_path: Path) -> None:
    """SIGKILL in the middle of whatever the process does: a step, a save, an epoch's end."""
    chance = random.Random(5)
    folder = tmp_path / "killed"
    for _ in range(KILLS):
        before = newest(folder)
        process = starter.start(folder)
        deadline = time.monotonic() + 60
        while newest(folder) == before and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.08))
        os.kill(process, signal.SIGKILL)
        assert starter.end() == signal.SIGKILL, "the run was over before it was killed"
    starter.start(folder)
    resumed = starter.end()
    starter.start(tmp_path / "straight")
    assert resumed == starter.end()
