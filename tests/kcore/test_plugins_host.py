from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from subprocess import CompletedProcess
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcore.errors import BrokenPluginError, ConfigurationError
from kcore.plugins.admission import Choice, admit
from kcore.plugins.host import Host, PluginWarning
from kcore.plugins.records import OURS
from kcore.plugins.scan import EntryPoint
from kcore.plugins.table import TableError, accepts

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


# KCORE_PLUGINS


@given(st.sets(NAMES, min_size=1, max_size=4), NAMES)
def test_only_and_without_are_opposites_for_strangers(chosen: set[str], name: str) -> None:
    only = Choice.parse("only:" + ",".join(sorted(chosen)))
    without = Choice.parse(",".join(f"-{item}" for item in sorted(chosen)))
    if name not in OURS:
        assert only.allows(name) == (name in chosen)
        assert without.allows(name) == (name not in chosen)


@pytest.mark.parametrize("switch", ["none", "only:crf", "only: crf , runs"])
def test_our_packages_stay_on(switch: str) -> None:
    assert all(Choice.parse(switch).allows(name) for name in OURS)


@pytest.mark.parametrize(
    "switch", ["crf", "only:", "-", "-a,b", "only:-a", "-a,,-b", "all", "-a/b"]
)
def test_a_switch_that_cannot_be_read(switch: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Choice.parse(switch)
    for fact in ("KCORE_PLUGINS", repr(switch), "none", "only:"):
        assert fact in str(caught.value)


def test_kcore_cannot_be_switched_off() -> None:
    with pytest.raises(ConfigurationError, match="kcore itself"):
        Choice.parse("-kcore")


def test_environment_variable(plugin_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin_folder.add_rows("switched_off", ("layer", "Off", "nowhere:Off"))
    monkeypatch.setenv("KCORE_PLUGINS", "-switched_off")
    record = Host(plugin_folder.path).enable("switched_off")
    assert record is not None
    assert record.state == "disabled"
    assert "KCORE_PLUGINS" in record.reason + record.cure
    assert "switched_off_table" not in sys.modules


# Who may have which name


def test_our_names_belong_to_our_distributions() -> None:
    real, false = (
        EntryPoint("klayers", "a", "klayers", "1"),
        EntryPoint("klayers", "b", "evil", "6"),
    )
    for points in ([real, false], [false, real]):
        plugins, refused = admit(points, "")
        assert plugins["klayers"].distribution == "klayers"
        assert [record.distribution for record in refused] == ["evil"]
        assert "pip uninstall evil" in refused[0].cure
    assert "klayers" not in admit([false], "")[0]


@given(st.permutations(["zeta", "crf", "alpha"]))
def test_a_shared_plugin_name_goes_to_the_distribution_of_that_name(order: list[str]) -> None:
    plugins, refused = admit([EntryPoint("crf", "m", name, "1") for name in order], "")
    assert plugins["crf"].distribution == "crf"
    assert [record.distribution for record in refused] == ["alpha", "zeta"]
    assert all("crf 1" in record.reason for record in refused)


def test_kcore_is_there_without_its_metadata() -> None:
    record = Host(path=[]).enable("kcore")
    assert record is not None
    assert record.state == "enabled"


# API ranges


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_bounds_order_versions_as_numbers(major: int, minor: int, other: int) -> None:
    version = f"{major}.{minor}"
    assert accepts(f">={version}", version)
    assert accepts(f"=={version}.0", version)
    assert not accepts(f"!={version}", version)
    assert accepts(f"<{major}.{minor + 1}", version)
    assert accepts(f">{other}", version) == ((major, minor) > (other, 0))
    assert accepts(">=0.9", "0.10")


@pytest.mark.parametrize("api_range", ["0.1", ">=", "~=0.1", ">=0.1;<1", ">=a"])
def test_a_range_that_cannot_be_read(api_range: str) -> None:
    with pytest.raises(TableError, match="KCORE_API"):
        accepts(api_range)


# Loading


def test_the_three_states(plugin_folder: Any) -> None:
    plugin_folder.add_rows(
        "gated", ("layer", "Gated", "gated_layers:Gated"), gated_layers="class Gated: ..."
    )
    host = Host(plugin_folder.path)
    assert host.record("gated").state == "found"  # type: ignore[union-attr]
    assert "gated_table" not in sys.modules
    record = host.enable("gated")
    assert record is not None
    assert record.state == "enabled"
    assert [component.identity for component in record.components] == ["gated/Gated"]
    assert "gated_layers" not in sys.modules
    assert host.load(record.components[0]) is sys.modules["gated_layers"].Gated
    final = host.record("gated")
    assert final is not None
    assert final.state == "imported"
    assert final.import_seconds > 0


def test_keyboard_interrupt_passes_through(plugin_folder: Any) -> None:
    plugin_folder.add("stopped", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Host(plugin_folder.path).enable("stopped")


def test_a_component_that_cannot_be_imported(plugin_folder: Any) -> None:
    plugin_folder.add_rows(
        "half",
        ("layer", "Good", "half_good:Good"),
        ("layer", "Bad", "half_bad:Bad"),
        ("layer", "Gone", "half_good:Gone"),
        version="0.7",
        half_good="class Good: ...",
        half_bad="def start():\n    return 1 / 0\n\nstart()\n",
    )
    host = Host(plugin_folder.path)
    good, bad, gone = host.enable("half").components  # type: ignore[union-attr]
    with pytest.raises(BrokenPluginError) as caught:
        host.load(bad)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    for fact in ("half/Bad", "half 0.7", "ZeroDivisionError", "half_bad.py", "in start", "pip"):
        assert fact in str(caught.value)
    assert "importlib" not in str(caught.value)
    with pytest.raises(BrokenPluginError, match="has no attribute 'Gone'"):
        host.load(gone)
    assert host.load(good) is sys.modules["half_good"].Good


def test_a_table_may_look_up_names_while_it_is_read(plugin_folder: Any) -> None:
    plugin_folder.add(
        "curious",
        """
        import pluggy
        from kcore.errors import ComponentError
        from kcore.plugins.catalogue import catalogue

        try:
            catalogue().find("layer", "NobodyHasThis")
        except ComponentError:
            pass

        @pluggy.HookimplMarker("kcore")
        def kcore_components():
            return [("layer", "Curious", "curious_table:Curious")]
        """,
    )
    host = Host(plugin_folder.path)
    assert host.enable("curious").state == "enabled"  # type: ignore[union-attr]


def test_threads_agree(plugin_folder: Any) -> None:
    plugin_folder.add_rows(
        "slow", ("layer", "Slow", "slow_table:hookimpl"), head="import time; time.sleep(0.05)"
    )
    host = Host(plugin_folder.path)
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda: seen.append(host.enable("slow"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {record.state for record in seen} == {"enabled"}
    assert {len(record.components) for record in seen} == {1}


def test_plugins_installed_later_are_found(plugin_folder: Any) -> None:
    host = Host(plugin_folder.path)
    assert host.record("late") is None
    plugin_folder.add_rows("late", ("layer", "Late", "late_table:hookimpl"))
    assert host.rescan()
    assert not host.rescan()
    assert host.enable("late").state == "enabled"  # type: ignore[union-attr]


# Hooks

TWO_HOOKS = """
    import pluggy

    hookimpl = pluggy.HookimplMarker("kcore")

    @hookimpl
    def kcore_callbacks(model):
        return [f"{model} seen by NAME"]

    @hookimpl
    def kcore_model_saved(path):
        RAISE
"""


def _two_hooks(name: str, action: str) -> str:
    return TWO_HOOKS.replace("NAME", name).replace("RAISE", action)


def test_hooks_are_guarded_one_by_one(plugin_folder: Any) -> None:
    plugin_folder.add("first", _two_hooks("first", "raise OSError('disk full')"), version="2.5")
    plugin_folder.add("second", _two_hooks("second", "return path"))
    host = Host(plugin_folder.path)
    callbacks = host.call_hook("kcore_callbacks", model="m")
    assert callbacks == [["m seen by first"], ["m seen by second"]]
    with pytest.warns(PluginWarning) as caught:
        assert host.call_hook("kcore_model_saved", model="m", path="m.h5") == ["m.h5"]
    for fact in ("first 2.5", "kcore_model_saved", "disk full", "first_table.py"):
        assert fact in str(caught[0].message)
    with pytest.raises(BrokenPluginError, match="disk full"):
        host.call_hook("kcore_model_saved", strict=True, model="m", path="m.h5")


def test_hook_calls_can_be_traced(plugin_folder: Any) -> None:
    plugin_folder.add("first", _two_hooks("first", "return None"))
    host = Host(plugin_folder.path)
    lines: list[str] = []
    stop = host.trace(lines.append)
    host.call_hook("kcore_callbacks", model="m")
    stop()
    assert "kcore_callbacks" in "".join(lines)
    count = len(lines)
    host.call_hook("kcore_callbacks", model="m")
    assert len(lines) == count


def test_no_such_hook() -> None:
    with pytest.raises(ConfigurationError, match="kcore_nothing"):
        Host(path=[]).call_hook("kcore_nothing")


# In a process of its own


def test_fifty_plugins_cost_an_import_nothing(
    plugin_folder: Any, run_python: Callable[..., CompletedProcess[str]]
) -> None:
    for number in range(50):
        row = ("layer", f"Dummy{number}", f"dummy_layers_{number}:Dummy")
        plugin_folder.add_rows(f"dummy{number}", row)
    code = """
        import sys, kcore, kcore.plugins.catalogue, kcore.facades, kcore.layers
        assert not [name for name in sys.modules if name.startswith("dummy")]
        found = kcore.plugins.catalogue.catalogue().components("layer")
        assert len([component for component in found if component.name.startswith("Dummy")]) == 50
        assert not [name for name in sys.modules if name.startswith("dummy_layers")]
        heavy = {"tensorflow", "numpy", "h5py"} & set(sys.modules)
        assert not heavy, heavy
    """
    done = run_python("-c", dedent(code), path=plugin_folder.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_fifty_plugins_are_listed_and_none_of_their_layers_imported(
    plugin_folder: Any, run_python: Callable[..., CompletedProcess[str]]
) -> None:
    for number in range(50):
        row = ("layer", f"Dummy{number}", f"dummy_{number}_layers:Dummy{number}")
        source = f"class Dummy{number}: ..."
        plugin_folder.add_rows(f"dummy_{number}", row, **{f"dummy_{number}_layers": source})
    code = (
        "import sys, kcore\n"
        "dummies = lambda: {name for name in sys.modules if name.startswith('dummy_')}\n"
        "assert not dummies()\n"
        "from kcore.cli import main\n"
        "main(['list', 'layers'], standalone_mode=False)\n"
        "assert dummies() == {f'dummy_{number}_table' for number in range(50)}, dummies()\n"
        "assert not {'numpy', 'tensorflow'} & set(sys.modules)\n"
        "from kcore.layers import Dummy7\n"
        "assert {name for name in dummies() if 'layers' in name} == {'dummy_7_layers'}\n"
    )
    done = run_python("-c", code, path=plugin_folder.path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Dummy") >= 50
