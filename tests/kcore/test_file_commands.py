"""`kcore inspect`, `kcore convert` and `kcore upgrade`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from small_layers import Linear, regression

import kcore
from kcore.cli import main
from kcore.saving import inspection

SUFFIXES = ("h5", "keras", "weights.h5", "safetensors")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    model = regression(optimizer="adam", metrics=["mae"])
    model.train_on_batch(np.ones((2, 3)), np.ones((2, 1)))
    paths = {suffix: tmp_path / f"model.{suffix}" for suffix in SUFFIXES}
    for suffix, path in paths.items():
        (model.save if suffix in ("h5", "keras") else model.save_weights)(path)
    return paths


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_inspect_prints_what_a_file_holds(suffix: str, files: dict[str, Path]) -> None:
    done = run("inspect", files[suffix])
    assert done.exit_code == 0, done.output
    assert str(files[suffix]) in done.output and "3x4" in done.output and "48 B" in done.output
    if suffix in ("h5", "keras"):
        for fact in ("Sequential", "kcore/Adam", "kcore 0", "mae"):
            assert fact in done.output, fact
    found = json.loads(run("inspect", files[suffix], "--json").output)
    assert sum(w["bytes"] for w in found["weights"]) == found["total_bytes"] > 0


def test_inspect_imports_neither_tensorflow_nor_plugins(
    files: dict[str, Path], run_python: Callable[..., Any]
) -> None:
    script = (
        "import sys\nfrom kcore.cli import main\n"
        "for path in sys.argv[1:]: main(['inspect', path], standalone_mode=False)\n"
        "print([m for m in ('tensorflow', 'klayers', 'keras') if m in sys.modules])"
    )
    done = run_python("-c", script, *map(str, files.values()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_inspect_says_what_is_wrong(tmp_path: Path, files: dict[str, Path]) -> None:
    for suffix, path in files.items():
        path.write_bytes(path.read_bytes()[:200])
        done = run("inspect", path)
        assert done.exit_code == 1 and path.name in done.output, suffix
        assert "Traceback" not in done.output
    assert "nowhere.h5" in run("inspect", tmp_path / "nowhere.h5").output
    other = tmp_path / "model.pickle"
    other.write_bytes(b"x")
    assert ".safetensors" in run("inspect", other).output


def test_inspect_opens_nothing_outside_the_file(files: dict[str, Path]) -> None:
    with h5py.File(files["h5"], "r+") as file:
        file["link"] = h5py.ExternalLink("/etc/passwd", "/x")
    done = run("inspect", files["h5"])
    assert done.exit_code == 1 and "/link" in done.output


@pytest.mark.parametrize("target", SUFFIXES)
def test_convert_writes_another_format(
    target: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kcore.utils.get_custom_objects(), "Linear", Linear)
    path = tmp_path / f"other.{target}"
    done = run("convert", files["keras"], path)
    assert done.exit_code == 0, done.output
    expected = kcore.models.load_model(files["keras"])
    found = kcore.models.load_model(files["keras"])
    found.set_weights([0 * w for w in found.get_weights()])
    found.load_weights(path)
    assert all(map(np.array_equal, found.get_weights(), expected.get_weights()))
    again = run("convert", files["keras"], path)
    assert again.exit_code == 1 and "overwrite" in again.output
    assert run("convert", files["keras"], path, "--overwrite").exit_code == 0


def test_convert_takes_weights_and_the_model_of_another_file(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kcore.utils.get_custom_objects(), "Linear", Linear)
    done = run("convert", files["safetensors"], tmp_path / "new.h5", "--model", files["keras"])
    assert done.exit_code == 0, done.output
    assert inspection.inspect(tmp_path / "new.h5").model is not None


def test_upgrade_writes_a_file_as_it_is_written_today(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kcore.utils.get_custom_objects(), "Linear", Linear)
    with h5py.File(files["h5"], "r+") as file:
        for name in ("kcore_manifest", "kcore_checksums"):
            del file.attrs[name]
        file.attrs["keras_version"] = "2.9.0"
    before = kcore.models.load_model(files["h5"]).get_weights()
    assert inspection.inspect(files["h5"]).written_by == "Keras 2.9.0"
    assert run("upgrade", files["h5"]).exit_code == 0
    assert inspection.inspect(files["h5"]).written_by.startswith("kcore")
    after = kcore.models.load_model(files["h5"]).get_weights()
    assert all(map(np.array_equal, before, after))
