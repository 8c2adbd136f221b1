"""The package as a whole: light to import, honest table, no framework."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import kdatasets
from kdatasets.plugin import kcore_components


def modules_after(statement: str) -> set[str]:
    """Top-level modules loaded by a statement in a fresh process."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return set(run.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pooch", "requests", "pandas", "tensorflow", "kcore", "keras"}
    assert not modules_after("import kdatasets.plugin") & heavy
    loaded = modules_after("import kdatasets.digits; kdatasets.digits.load_data()")
    assert loaded & heavy == {"numpy"}


def test_table_names_modules_with_loader_and_card() -> None:
    rows = kcore_components()
    assert ("dataset", "mnist", "kdatasets.mnist") in rows
    for kind, name, target in rows:
        module = import_module(target)
        assert kind == "dataset"
        assert module.CARD.name == name
        assert callable(module.load_data)
        assert getattr(kdatasets, name) is module
        for file in module.CARD.files:
            assert file.name.partition("/")[0].replace("-", "_") == name
            assert file.size > 0
            assert len(file.digest) > 32


def test_public_names() -> None:
    for name in kdatasets.__all__:
        assert getattr(kdatasets, name) is not None
        assert name in dir(kdatasets)
    with pytest.raises(AttributeError, match="no_such_set"):
        kdatasets.no_such_set  # noqa: B018
