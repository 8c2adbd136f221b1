"""The commands of the author's guide are run as they stand, in the order of the page."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "plugins.md"
# how each program of the page is run in this environment
PROGRAMS = {name: [sys.executable, "-m", name] for name in ("kcore", "pip", "pytest")}


def commands() -> list[list[str]]:
    """The lines of the page's shell blocks, in words."""
    blocks = re.findall(r"^```bash\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line]


def test_the_page_has_commands() -> None:
    assert {words[0] for words in commands()} == {"cd", *PROGRAMS}


@pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None or importlib.util.find_spec("pip") is None,
    reason="hatchling and pip are needed to build packages",
)
def test_the_commands_work(tmp_path: Path) -> None:
    target, folder, told = tmp_path / "installed", tmp_path, ""
    path = os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])
    # what pip installs goes into a folder of this test
    environment = {**os.environ, "PYTHONPATH": path, "PIP_TARGET": str(target), "PIP_NO_INDEX": "1"}
    for words in commands():
        if words[0] == "cd":
            folder /= words[1]
            continue
        command = [*PROGRAMS[words[0]], *words[1:]]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        told += done.stdout
    for fact in ("kcore_scaled/Scaled", " passed", "Computes `x * factor`"):
        assert fact in told
