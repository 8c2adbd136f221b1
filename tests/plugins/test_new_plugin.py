"""`kcore new-plugin`: what it makes builds, installs and passes its own tests as it is."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner

from kcore.cli import main

Run = Callable[..., CompletedProcess[str]]
KINDS = "application callback dataset layer loss metric optimizer preprocessor".split()

# built in this environment and without an index, so that no test needs a network
needs_builder = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None or importlib.util.find_spec("pip") is None,
    reason="hatchling and pip are needed to build packages",
)


def make(folder: Path, kind: str) -> Path:
    """The folder of a new package, `kcore-my-<kind>`."""
    name = f"kcore-my-{kind}"
    result = CliRunner().invoke(main, ["new-plugin", name, "--kind", kind, "--into", str(folder)])
    assert result.exit_code == 0, result.output
    return folder / name


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new package of every kind."""
    folder = tmp_path_factory.mktemp("made")
    for kind in KINDS:
        make(folder, kind)
    return folder


@pytest.fixture(scope="module")
def installed(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed all of them."""
    target = tmp_path_factory.mktemp("installed")
    options = "--quiet --no-deps --no-build-isolation --no-index --target".split()
    folders = [str(packages / f"kcore-my-{kind}") for kind in KINDS]
    command = [sys.executable, "-m", "pip", "install", *options, str(target), *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_a_whole_package(packages: Path, kind: str) -> None:
    folder, package = packages / f"kcore-my-{kind}", f"kcore_my_{kind}"
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == {
        ".github/workflows/tests.yml",
        "README.md",
        "pyproject.toml",
        f"src/{package}/__init__.py",
        f"src/{package}/checks.py",
        f"src/{package}/my_{kind}.py",
        f"src/{package}/plugin.py",
        f"tests/test_my_{kind}.py",
    }
    for path in folder.rglob("*.py"):
        text = path.read_text()
        compile(text, str(path), "exec")
        assert max(map(len, text.splitlines())) <= 100
        assert "{{" not in text and "{%" not in text
    assert "${{ matrix.python }}" in (folder / ".github/workflows/tests.yml").read_text()


@needs_builder
def test_they_pass_their_own_tests(packages: Path, installed: Path, run_python: Run) -> None:
    places = [str(packages / f"kcore-my-{kind}" / "tests") for kind in KINDS]
    options = "-q -p no:cacheprovider --import-mode=importlib".split()
    done = run_python("-m", "pytest", *options, *places, path=[str(installed)])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    passed = int(done.stdout.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1].strip("=\n "))
    assert passed > 100


@needs_builder
@pytest.mark.parametrize("kind", ["layer", "dataset"])
def test_kcore_check_tries_them(installed: Path, run_python: Run, kind: str) -> None:
    command = ["-m", "kcore", "check", f"kcore-my-{kind}", "--all", "--json"]
    done = run_python(*command, path=[str(installed)])
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = {(o["check"], o["outcome"]) for o in json.loads(done.stdout)}
    assert ("is_imported", "passed") in outcomes
    assert len([o for o in outcomes if o[1] == "passed"]) >= 10


@needs_builder
def test_they_are_listed_without_being_imported(installed: Path, run_python: Run) -> None:
    code = (
        "import sys\nfrom kcore.cli import main\n"
        "main(['list', 'layers', '--json'], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'numpy', 'kcore_my_layer.my_layer'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = run_python("-c", code, path=[str(installed)])
    assert done.returncode == 0, done.stderr
    assert "kcore_my_layer/MyLayer" in [row["identity"] for row in json.loads(done.stdout)]
