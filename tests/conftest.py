"""What the tests of several packages share. It imports none of them: each is tested alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest


class PluginFolder:
    """A folder on the path that looks as if pip had installed plugins into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> list[str]:
        """The folder as a list, the way a search path is given."""
        return [str(self.folder)]

    def add(
        self,
        plugin: str,
        source: str,
        *,
        distribution: str = "",
        version: str = "1.0",
        module: str = "",
        **modules: str,
    ) -> None:
        """Writes the metadata of a distribution and its modules.

        `module` (default: the plugin's name with "_table" after it) holds the table, `source` is
        its text; further modules are given as keywords.
        """
        distribution = distribution or plugin
        module = module or f"{plugin.replace('-', '_')}_table"
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n\nName: no header\n"
        )
        with (info / "entry_points.txt").open("a") as stream:
            stream.write(f"[other]\n{plugin} = elsewhere\n\n[kcore.plugins]\n{plugin} = {module}\n")
        for name, text in {module: source, **modules}.items():
            (self.folder / f"{name}.py").write_text(dedent(text))

    def add_rows(self, plugin: str, *rows: object, head: str = "", **options: str) -> None:
        """Writes a plugin whose table is these rows."""
        self.add(
            plugin,
            f"import pluggy\n{head}\nhookimpl = pluggy.HookimplMarker('kcore')\n"
            f"@hookimpl\ndef kcore_components():\n    return {list(rows)!r}\n",
            **options,
        )


@pytest.fixture
def plugin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginFolder]:
    """A folder on `sys.path` for made-up plugins; their modules are forgotten afterwards."""
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield PluginFolder(folder)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python in a new process; folders given as `path` come first on its path."""

    def run(
        *arguments: str, path: tuple[str, ...] | list[str] = (), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        inherited = os.environ.get("PYTHONPATH", "")
        python_path = os.pathsep.join(item for item in (*path, inherited) if item)
        return subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": python_path, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
