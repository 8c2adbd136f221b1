"""Runs say what they depended on, and two of them what differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from small_layers import numbers, regression

from kcore import random
from kcore.cli import main
from kcore.data import as_source
from kcore.data.digest import digest
from kcore.errors import SaveError

X, Y = numbers(24, 3), numbers(24, 1, seed=1)


def run(seed: int = 1, x: Any = X, **options: Any) -> Any:
    random.reproducible(seed)
    model = regression(**{k: options.pop(k) for k in ("optimizer",) if k in options})
    return model.fit(x, Y, verbose=0, **{"epochs": 2, **options})


def compare(a: Path, b: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["diff-runs", str(a), str(b)])
    return result.exit_code, result.output


def test_equal_runs_are_equal(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(resume=tmp_path / name).save(tmp_path / f"{name}.json")
    assert compare(tmp_path / "a", tmp_path / "b")[0] == 0
    assert compare(tmp_path / "a.json", tmp_path / "b") == (
        0,
        "The runs are equal: what they depended on, and what came of it.\n",
    )


def test_what_differs_is_named(tmp_path: Path) -> None:
    changed = X.copy()
    changed[7, 1] += 1.0
    runs: dict[str, dict[str, Any]] = {
        "a": {},
        "seed": {"seed": 2},
        "data.x.sha256": {"x": changed},
        "optimizer.class": {"optimizer": "adam"},
        "fit.batch_size": {"batch_size": 8},
    }
    for name, options in runs.items():
        run(resume=tmp_path / name, **options)
    for name in list(runs)[1:]:
        code, text = compare(tmp_path / "a", tmp_path / name)
        assert code == 1
        rows = [line.split()[0] for line in text.splitlines()]
        assert name in rows
        assert "loss," in rows  # "loss, epoch 1"
        assert "arrays" in rows
        for other in set(runs) - {"a", name}:
            assert other not in rows


def test_the_fingerprint_holds_seed_data_versions_and_plugins() -> None:
    found = run().fingerprint
    assert found["data"]["x"] == {**digest(as_source(X))["x"]}
    assert found["versions"]["numpy"] == np.__version__
    assert found["plugins"]["kcore"].startswith("kcore ")
    assert json.loads(json.dumps(found)) == found


def test_large_data_are_read_in_blocks() -> None:
    large = np.zeros((4096, 1024), "float32")
    before = digest(as_source(large))["x"]
    assert 0 < before["rows read"] < 1024
    large[-1, 3] = 1.0
    large[0, 3] = 1.0
    assert digest(as_source(large))["x"]["sha256"] != before["sha256"]


def test_other_surroundings_are_told(tmp_path: Path) -> None:
    history = run()
    state = json.loads(json.dumps(history.state_dict()))
    state["fingerprint"]["versions"]["numpy"] = "0.1"
    with pytest.warns(UserWarning, match=r"numpy 0\.1 is now"):
        history.load_state_dict(state)


def test_files_that_are_no_runs(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    run().save(good)
    bad.write_text("{}")
    (tmp_path / "empty").mkdir()
    for path, fact in ((bad, "History.save"), (tmp_path / "empty", "no checkpoints")):
        code, text = compare(good, path)
        assert code == 1
        assert fact in text
        assert path.name in text
    with pytest.raises(SaveError, match="missing"):
        run().save(tmp_path / "missing" / "run.json")


SCRIPT = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import kcore
from small_layers import Linear, Noise, Rows, numbers
kcore.reproducible(7)
model = kcore.Sequential([Linear(32, "relu"), Noise(), Linear(8, "tanh"), Linear(1)])
model.compile(kcore.optimizers.Adam(0.01, use_ema=True), "mse", metrics=["mae"])
x, y = numbers(500, 16), numbers(500, 1)
history = model.fit(x, y, epochs=3, verbose=0, validation_split=0.2)
total = hashlib.sha256()
for array in (*model.get_weights(), *model.optimizer.get_weights()):
    total.update(array.tobytes())
print(total.hexdigest(), json.dumps(history.history), np.random.rand())
"""


def test_two_processes_are_equal_bit_for_bit(
    run_python: Callable[..., CompletedProcess[str]],
) -> None:
    helpers = str(Path(__file__).parent / "helpers")
    first, second = (run_python("-c", SCRIPT, helpers).stdout for _ in range(2))
    assert len(first) > 64
    assert first == second
