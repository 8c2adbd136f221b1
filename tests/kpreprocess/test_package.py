"""The package as a whole: light to import, honest table, no framework."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import kpreprocess
from kpreprocess.plugin import NAMES, kcore_components


def modules_after(statement: str) -> set[str]:
    """Top-level modules loaded by a statement in a fresh process."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return set(run.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    heavy = {"numpy", "PIL", "pandas", "tensorflow", "kcore", "keras"}
    assert not modules_after("import kpreprocess.plugin") & heavy
    assert modules_after("import kpreprocess.sequence") & heavy == {"numpy"}


def test_table_names_what_there_is() -> None:
    rows = kcore_components()
    assert (
        "preprocessor",
        "sequence.pad_sequences",
        "kpreprocess.sequence:pad_sequences",
    ) in rows
    assert len({name for _, name, _ in rows}) == len(rows)
    for kind, name, target in rows:
        module, _, attribute = target.partition(":")
        assert kind == "preprocessor"
        assert name.endswith(f".{attribute}")
        assert callable(getattr(import_module(module), attribute))
    for module, names in NAMES.items():
        public = import_module(f"kpreprocess.{module}").__all__
        assert set(names) <= set(public)


def test_public_names() -> None:
    for name in kpreprocess.__all__:
        assert getattr(kpreprocess, name) is not None
        assert name in dir(kpreprocess)
    with pytest.raises(AttributeError, match="no_such_name"):
        kpreprocess.no_such_name  # noqa: B018
