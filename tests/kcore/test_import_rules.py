from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import kcore.errors

ROOT = Path(kcore.errors.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_only_the_backend_imports_tensorflow(file: Path) -> None:
    top = {name.partition(".")[0] for name in _imports(file)}
    assert not top & {"keras", "tf_keras"}
    if file.relative_to(ROOT).parts[0] != "backend":
        assert "tensorflow" not in top


def test_importing_kcore_is_quiet_and_light(
    run_python: Callable[..., CompletedProcess[str]],
) -> None:
    code = "import sys, kcore; assert not {'tensorflow', 'keras', 'tf_keras'} & set(sys.modules)"
    done = run_python("-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
