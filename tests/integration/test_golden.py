"""Files of every earlier version load and give what they gave; see docs/golden-files.md."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kcore

GOLDEN = Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN))
golden_cases = importlib.import_module("golden_cases")
golden_files = importlib.import_module("golden_files")
golden_models = importlib.import_module("golden_models")

GENERATIONS = golden_files.generations()
# Processors add the terms of a sum in another order, so the last bits differ: 1e-6 is 8 units in
# the last place of a float32. The terms are of size 1, and sums near 0 keep their errors: so 1e-6
# is the absolute part too.
RELATIVE = ABSOLUTE = 1e-6

KINDS = {
    "layers": lambda: golden_cases.classes("layer") - golden_cases.WITHOUT_FILE,
    "losses": lambda: golden_cases.classes("loss"),
    "optimizers": lambda: golden_cases.classes("optimizer") - golden_cases.WITHOUT_FILE,
    "models": lambda: set(golden_models.MODELS),
}

every_generation = pytest.mark.parametrize("generation", GENERATIONS, ids=lambda path: path.name)


def compare(found: list[Any], expected: list[Any]) -> None:
    """Numbers are close, whole numbers and text are equal, dtypes and shapes are the same."""
    assert len(found) == len(expected)
    for own, golden in zip(found, expected, strict=True):
        assert own.dtype.kind == golden.dtype.kind
        assert own.shape == golden.shape
        if golden.dtype.kind == "f":
            np.testing.assert_allclose(own, golden, RELATIVE, ABSOLUTE)
        else:
            np.testing.assert_array_equal(own, golden)


def check_all(folder: Path, pattern: str, check: Any) -> None:
    """Checks every file; all that fail are named together."""
    files = sorted(folder.glob(pattern))
    assert files, f"{folder} holds no {pattern}"
    failures = []
    for path in files:
        try:
            check(path)
        except Exception as error:
            failures.append(f"{path.name}: {type(error).__name__}: {error}")
    assert not failures, "\n".join(failures)


@every_generation
def test_layers(generation: Path) -> None:
    def check(path: Path) -> None:
        golden = golden_files.read_arrays(path.with_suffix(".npz"))
        model = kcore.models.load_model(path)
        assert path.stem in {type(layer).__name__ for layer in model.layers}
        compare(golden_files.outputs(model, golden["inputs"]), golden["outputs"])

    check_all(generation / "layers", "*.keras", check)


@every_generation
def test_losses(generation: Path) -> None:
    def check(path: Path) -> None:
        for loss, case in golden_files.read_losses(path):
            value = golden_files.loss_value(loss, case)
            compare([value], [np.asarray(case["value"], "float32")])
            again = type(loss).from_config(loss.get_config())
            assert again.get_config() == loss.get_config()
            compare([golden_files.loss_value(again, case)], [value])

    check_all(generation / "losses", "*.json", check)


@every_generation
def test_optimizers_train_on(generation: Path) -> None:
    def check(path: Path) -> None:
        golden = golden_files.read_arrays(path.with_suffix(".npz"))
        model = kcore.models.load_model(path)
        assert type(model.optimizer).__name__ == path.stem
        compare(golden_files.steps(model, golden["x"], golden["y"]), golden["weights"])

    check_all(generation / "optimizers", "*.keras", check)


@every_generation
@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_whole_models(suffix: str, generation: Path) -> None:
    def check(path: Path) -> None:
        golden = golden_files.read_arrays(path.with_suffix(".npz"))
        model = kcore.models.load_model(path)
        for call in ("first", "second"):
            compare(golden_files.outputs(model, golden["inputs"]), golden[call])
        assert model.optimizer.iterations.numpy() == 2

    check_all(generation / "models", f"*.{suffix}", check)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_newest_generation_has_everything(kind: str) -> None:
    missing = KINDS[kind]() - {path.stem for path in (GENERATIONS[-1] / kind).iterdir()}
    assert not missing, "add them: python tests/golden/make.py --add"


@every_generation
def test_files_are_small_and_whole(generation: Path) -> None:
    for path in generation.rglob("*.npz"):
        assert any(path.with_suffix(suffix).exists() for suffix in (".keras", ".h5"))
    assert max(path.stat().st_size for path in generation.rglob("*.*")) < 100_000


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_generation_is_completed_and_never_written_anew(tmp_path: Path) -> None:
    shutil.copytree(GENERATIONS[-1], tmp_path / kcore.__version__)
    before = contents(tmp_path)
    missing = f"{kcore.__version__}/losses/Dice.json"
    (tmp_path / missing).unlink()

    def make(*options: str) -> Any:
        command = [sys.executable, str(GOLDEN / "make.py"), "--output", str(tmp_path), *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    refused = make()
    assert refused.returncode == 1
    for fact in (str(tmp_path / kcore.__version__), "--add"):
        assert fact in refused.stderr
    assert not (tmp_path / missing).exists()

    added = make("--add")
    assert added.returncode == 0, added.stderr
    after = contents(tmp_path)
    assert len(json.loads(after.pop(missing))["cases"]) == 2
    assert after.items() >= {key: data for key, data in before.items() if key != missing}.items()
