"""A save that is killed or runs out of room leaves the file as it was, and no litter stays."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_layers import Linear

from kcore import Input, Sequential
from kcore.errors import SaveError
from kcore.models import load_model

KILLS = int(os.environ.get("KCORE_TEST_KILLS", "10"))
SUFFIXES = ("h5", "keras")

SCRIPT = """
import itertools, sys
sys.path.insert(0, sys.argv[1])
from test_saving_faults import fill, make

model = make()
for number in itertools.count(1):
    fill(model, number)
    for path in sys.argv[2:]:
        model.save(path)
    if number == 1:
        print("ready", flush=True)
"""


def make() -> Any:
    return Sequential([Input((200,)), Linear(900), Linear(300)])


def fill(model: Any, number: float) -> None:
    """Gives all weights one value; without a device, so that a process is soon there."""
    for weight in model.weights:
        weight.adopt(np.full(weight.shape, number, "float32"))


def start(paths: list[Path]) -> subprocess.Popen[bytes]:
    """A process that saves over the same files again and again."""
    folders = [str(Path(__file__).parent), str(Path(__file__).parent / "helpers")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    code = [sys.executable, "-c", textwrap.dedent(SCRIPT), folders[1], *map(str, paths)]
    running = subprocess.Popen(code, env=environment, stdout=subprocess.PIPE)
    assert running.stdout is not None and running.stdout.readline() == b"ready\n"
    return running


def whole(path: Path) -> float:
    """The number that fills all weights of the file: a save is there whole or not at all."""
    model = load_model(path, custom_objects={"Linear": Linear})
    values = {float(v) for w in model.get_weights() for v in np.unique(w)}
    assert len(values) == 1, f"{path} is torn: {values}"
    return values.pop()


def test_killed_at_random_moments_the_file_is_whole(tmp_path: Path) -> None:
    paths = [tmp_path / f"model.{suffix}" for suffix in SUFFIXES]
    model = make()
    fill(model, 0)
    for path in paths:
        model.save(path)
    chance = random.Random(0)
    changed = 0
    for _ in range(KILLS):
        before = [whole(path) for path in paths]
        running = start(paths)
        time.sleep(chance.uniform(0.0, 0.2))
        running.kill()
        running.wait()
        assert running.stdout is not None
        running.stdout.close()
        changed += [whole(path) for path in paths] != before
    assert changed, "no save was ever completed: the kills came too early to say anything"
    for path in paths:
        model.save(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in paths)


@pytest.mark.parametrize("suffix", [*SUFFIXES, "weights.h5", "safetensors"])
def test_without_room_the_file_is_as_it_was(suffix: str, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / f"model.{suffix}"
    model = make()
    save = model.save if suffix in SUFFIXES else model.save_weights
    save(path)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 100, 5000, 800_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(SaveError, match=f"model.{suffix}"):
                save(path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert path.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="files have no such permissions there")
@pytest.mark.parametrize("suffix", [*SUFFIXES, "weights.h5", "safetensors"])
def test_permissions_are_those_of_a_new_file_or_of_the_one_replaced(
    suffix: str, tmp_path: Path
) -> None:
    path, model = tmp_path / f"model.{suffix}", make()
    save = model.save if suffix in SUFFIXES else model.save_weights
    (tmp_path / "new").touch()
    save(path)
    assert path.stat().st_mode == (tmp_path / "new").stat().st_mode
    path.chmod(0o640)
    save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
