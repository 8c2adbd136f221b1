"""The contract with plugins: what they may rely on changes only together with this list.

A change here is a change of the plugin API: raise `API_VERSION` in kcore.plugins.table if what was
there goes or takes other arguments, and tell of it in CHANGELOG.md.
"""

from __future__ import annotations

import inspect

import pytest

import kcore.testing
from kcore.plugins import hookspecs, table
from kcore.plugins.records import Component, PluginRecord

HOOKS = {
    "kcore_components": [],
    "kcore_callbacks": ["model"],
    "kcore_checks": [],
    "kcore_commands": [],
    "kcore_model_saved": ["model", "path"],
    "kcore_model_loaded": ["model", "path"],
}
KINDS = (
    "layer optimizer loss metric callback initializer regularizer constraint activation schedule "
    "application dataset preprocessor file_format data_adapter distribution"
).split()
COMPONENT = "kind name plugin target distribution version aliases value".split()
RECORD = (
    "name module distribution version state reason traceback cure api_range import_seconds "
    "components"
).split()
KIT = {
    "check_callback": ["make", "optimizer", "known_failures"],
    "check_dataset": ["dataset", "options", "known_failures"],
    "check_file_format": ["make", "suffix", "known_failures"],
    "check_layer": ["make", "input_shape", "input_dtype", "largest", "call", "known_failures"],
    "check_loss": ["make", "y_true", "y_pred", "known_failures"],
    "check_metric": ["make", "y_true", "y_pred", "known_failures"],
    "check_optimizer": ["make", "known_failures"],
    "check_plugin": ["name", "tried", "known_failures"],
    "check_preprocessor": ["function", "arguments", "options", "known_failures"],
}


def test_the_api_version() -> None:
    assert table.API_VERSION == "0.1"


def test_the_hooks() -> None:
    found = {
        name: list(inspect.signature(function).parameters)
        for name, function in vars(hookspecs).items()
        if hasattr(function, "kcore_spec")
    }
    assert found == HOOKS


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_when_it_is_called_and_shows_how(name: str) -> None:
    text = inspect.getdoc(getattr(hookspecs, name)) or ""
    assert "alled" in text
    assert f">>> def {name}(" in text
    if inspect.signature(getattr(hookspecs, name)).return_annotation != "None":
        assert "Returns:" in text


def test_the_kinds_are_told() -> None:
    text = " ".join((inspect.getdoc(hookspecs.kcore_components) or "").split())
    assert [kind for kind in KINDS if kind not in text] == []


def test_components_and_records() -> None:
    assert list(Component.__dataclass_fields__) == COMPONENT
    assert list(PluginRecord.__dataclass_fields__) == RECORD


def test_the_kit() -> None:
    found = {
        name: list(inspect.signature(getattr(kcore.testing, name)).parameters)
        for name in kcore.testing.__all__
        if name.startswith("check_")
    }
    assert found == KIT
    others = {"Check", "ConformanceError", "NotApplicableError", "conformance"}
    assert set(kcore.testing.__all__) - set(KIT) == others
