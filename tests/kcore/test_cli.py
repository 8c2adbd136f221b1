from __future__ import annotations

import json
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kcore.cli import main
from kcore.plugins.catalogue import Catalogue
from kcore.plugins.host import Host


@pytest.fixture
def run(plugin_folder: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command line on the plugins of the folder."""

    def invoke(*arguments: str) -> Result:
        catalogue = Catalogue(Host(plugin_folder.path))
        monkeypatch.setattr("kcore.plugins.catalogue._CATALOGUE", catalogue)
        return CliRunner().invoke(main, arguments)

    return invoke


@pytest.fixture
def two_plugins(plugin_folder: Any) -> None:
    plugin_folder.add_rows(
        "gated",
        ("layer", "Gated", "gated_layers:Gated", {"aliases": ("GatedUnit",)}),
        ("loss", "soft", "gated_layers:soft"),
        distribution="kcore-gated",
        version="1.4",
    )
    plugin_folder.add("bad", "import no_such_module_at_all", version="0.3")


@pytest.mark.usefixtures("two_plugins")
def test_plugins(run: Callable[..., Result]) -> None:
    result = run("plugins")
    assert result.exit_code == 0
    rows = [line.split()[:4] for line in result.output.splitlines()]
    assert ["gated", "kcore-gated", "1.4", "enabled"] in rows
    assert ["bad", "bad", "0.3", "broken"] in rows
    for fact in ("1 layer, 1 loss", "no_such_module_at_all", "pip install", "KCORE_PLUGINS=-bad"):
        assert fact in result.output


@pytest.mark.usefixtures("two_plugins")
def test_plugins_as_json(run: Callable[..., Result]) -> None:
    records = {record["name"]: record for record in json.loads(run("plugins", "--json").output)}
    assert records["gated"]["components"] == {"layer": ["Gated"], "loss": ["soft"]}
    assert records["bad"]["state"] == "broken"
    assert "bad_table.py" in records["bad"]["traceback"]


@pytest.mark.usefixtures("two_plugins")
@pytest.mark.parametrize("kind", ["layer", "layers", "LAYERS"])
def test_list(run: Callable[..., Result], kind: str) -> None:
    result = run("list", kind)
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["Gated", "gated/Gated", "kcore-gated", "1.4", "GatedUnit"] in rows
    assert [row[1] for row in rows if row[0] == "InputLayer"] == ["kcore/InputLayer"]


@pytest.mark.usefixtures("two_plugins")
def test_list_as_json(run: Callable[..., Result]) -> None:
    rows = json.loads(run("list", "losses", "--json").output)
    (loss,) = (row for row in rows if row["name"] == "soft")
    assert loss["identity"] == "gated/soft"
    assert loss["distribution"] == "kcore-gated"
    assert json.loads(run("list", "--json").output)["layer"] == 2  # Gated and kcore's InputLayer


@pytest.mark.usefixtures("two_plugins")
def test_list_without_a_kind_lists_kinds(run: Callable[..., Result]) -> None:
    lines = [line.split() for line in run("list").output.splitlines()]
    assert ["layer", "2"] in lines


def test_list_of_what_is_not_installed(run: Callable[..., Result]) -> None:
    result = run("list", "datasets")
    assert result.exit_code == 1
    assert "pip install kdatasets" in result.output


def test_list_of_an_unknown_kind(run: Callable[..., Result]) -> None:
    result = run("list", "layerz")
    assert result.exit_code == 2
    for fact in ("'layerz'", "'layer'", "dataset"):
        assert fact in result.output


def test_unknown_command(run: Callable[..., Result]) -> None:
    result = run("plugin")
    assert result.exit_code == 2
    assert "'plugins'" in result.output


def test_a_wrong_switch_is_told_without_a_traceback(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCORE_PLUGINS", "nonsense")
    for command in ("plugins", "list", "--help"):
        result = run(command)
        assert result.exit_code == 1
        assert "Error: The environment variable KCORE_PLUGINS" in result.output


COMMANDS = """
    import pluggy

    @pluggy.HookimplMarker("kcore")
    def kcore_commands():
        return ROWS
"""


def _commands(*rows: object) -> str:
    return COMMANDS.replace("ROWS", repr(list(rows)))


def test_commands_of_plugins(plugin_folder: Any, run: Callable[..., Result]) -> None:
    plugin_folder.add(
        "runs",
        _commands(("runs", "runs_cli:runs"), ("list", "runs_cli:evil"), ("gone", "runs_no:x")),
        version="3.1",
        runs_cli="import click\n@click.command()\ndef runs(): click.echo('two runs')\n",
    )
    plugin_folder.add("rubbish", _commands("not a row", 5))
    assert run("runs").output.splitlines()[-1] == "two runs"
    assert run("list").exit_code == 0
    shown = run("--help")
    assert shown.exit_code == 0
    for fact in ("plugins", "runs 3.1", "gone", "'rubbish'"):
        assert fact in shown.output
    gone = run("gone")
    assert gone.exit_code == 1
    for fact in ("runs/gone", "runs 3.1", "runs_no", "What to do"):
        assert fact in gone.output


def test_a_command_that_is_no_command(plugin_folder: Any, run: Callable[..., Result]) -> None:
    plugin_folder.add("odd", _commands(("odd", "odd_cli:odd")), odd_cli="odd = 5")
    result = run("odd")
    assert result.exit_code == 1
    for fact in ("odd/odd", "odd_cli:odd", "int", "click command"):
        assert fact in result.output


@pytest.mark.usefixtures("two_plugins")
@pytest.mark.parametrize(
    "arguments",
    [
        ("plugins",),
        ("plugins", "--json"),
        ("list",),
        ("list", "layers"),
        ("--version",),
        ("--help",),
        ("completion", "bash"),
        ("doctor", "--json"),
    ],
)
def test_listing_imports_nothing_heavy(
    plugin_folder: Any,
    run_python: Callable[..., CompletedProcess[str]],
    arguments: tuple[str, ...],
) -> None:
    code = (
        "import sys\nfrom kcore.cli import main\n"
        f"main({list(arguments)!r}, standalone_mode=False)\n"
        "heavy = {'tensorflow', 'numpy', 'h5py', 'gated_layers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = run_python("-c", code, path=plugin_folder.path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_as_a_module(run_python: Callable[..., CompletedProcess[str]]) -> None:
    done = run_python("-m", "kcore", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("kcore 0.")


def test_list_plugins_shows_clashes_ranges_and_time(
    plugin_folder: Any, run: Callable[..., Result]
) -> None:
    for name in ("first", "second"):
        plugin_folder.add_rows(
            name, ("layer", "Shared", f"{name}_layers:Shared"), head="KCORE_API = '>=0.1'"
        )
    shown = run("plugins").output
    for fact in ("first/Shared (first 1.0) and second/Shared (second 1.0)", ">=0.1", " ms"):
        assert fact in shown


def test_show(plugin_folder: Any, run: Callable[..., Result]) -> None:
    plugin_folder.add_rows(
        "gated",
        ("layer", "Gated", "gated_code:Gated"),
        ("loss", "Gated", "gated_code:Gated"),
        ("layer", "Only", "gated_code:Gated"),
        gated_code='class Gated:\n    """Gates."""\n\n    def __init__(self, units=4): ...\n',
    )
    shown = run("show", "gated/Only", "--source")
    assert shown.exit_code == 0, shown.output
    for fact in ("gated/Only", "gated 1.0", "(units=4)", "Gates.", "def __init__"):
        assert fact in shown.output
    facts = json.loads(run("show", "Gated", "--kind", "loss", "--json").output)
    assert (facts["kind"], facts["documentation"]) == ("loss", "Gates.")
    assert "source" not in facts
    several = run("show", "Gated")
    assert several.exit_code == 2
    assert "layer, loss" in several.output
    nothing = run("show", "Gate")
    assert nothing.exit_code == 1
    assert "'Gate'" in nothing.output


CHECKED = """
    import pluggy

    hookimpl = pluggy.HookimplMarker("kcore")

    @hookimpl
    def kcore_components():
        names = ("Good", "Bad", "Untried", "Gone")
        further = ("thing", "good", "odd_code:Good")
        return [*(("thing", name, f"odd_code:{name}") for name in names), further]

    @hookimpl
    def kcore_checks():
        return [("thing", name, f"odd_code:checks_of_{name}") for name in ("Good", "Bad", "Lost")]
"""
CHECKS = """
    from unittest import SkipTest

    from kcore.testing.check import Check

    class Good: ...
    Bad = Untried = Good

    def fails():
        raise AssertionError("two and two")

    def skips():
        raise SkipTest("no use")

    def checks_of_Good():
        yield Check("holds", "It holds.", lambda: None)
        yield Check("skips", "It skips.", skips)
        yield Check("known", "It fails.", fails, known_failure="a known one")

    def checks_of_Bad():
        yield Check("fails", "It fails.", fails)
        yield Check("breaks", "It breaks.", lambda: 1 / 0)
        yield Check("better", "It holds by now.", lambda: None, known_failure="long ago")
"""


def test_check(plugin_folder: Any, run: Callable[..., Result]) -> None:
    plugin_folder.add("odd", CHECKED, distribution="odd-package", odd_code=CHECKS)
    result = run("check", "Odd_Package", "--all", "--json")
    assert result.exit_code == 1
    found = {(o["component"], o["check"]): o for o in json.loads(result.output)}
    outcomes = {key: outcome["outcome"] for key, outcome in found.items()}
    assert outcomes == {
        **{("odd", f"table_is_{what}"): "passed" for what in ("read", "light", "read_fast")},
        **{(f"odd/{n}", "is_imported"): "passed" for n in ("Good", "Bad", "Untried", "good")},
        ("odd/Gone", "is_imported"): "failed",
        ("odd/Good", "holds"): "passed",
        ("odd/Good", "skips"): "skipped",
        ("odd/Good", "known"): "known",
        ("odd/Bad", "fails"): "failed",
        ("odd/Bad", "breaks"): "failed",
        ("odd/Bad", "better"): "failed",
        ("odd/Untried", "conformance"): "untried",
        ("odd", "checks_have_components"): "failed",
    }
    assert found["odd/Bad", "fails"]["message"] == "two and two"
    assert "ZeroDivisionError" in found["odd/Bad", "breaks"]["message"]
    assert "'Lost'" in found["odd", "checks_have_components"]["message"]
    shown = run("check", "odd").output
    assert "5 failed" in shown and "holds" not in shown.split("odd/Bad")[0]


def test_check_of_what_cannot_be_checked(plugin_folder: Any, run: Callable[..., Result]) -> None:
    plugin_folder.add("bad", "import no_such_module_at_all")
    broken = run("check", "bad")
    assert broken.exit_code == 1
    for fact in ("no_such_module_at_all", "pip install"):
        assert fact in broken.output
    missing = run("check", "no-such")
    assert missing.exit_code == 1
    assert "'no-such'" in missing.output


def test_doctor(
    plugin_folder: Any, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("KCORE_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    findings = {f["what"]: f for f in json.loads(run("doctor", "--json").output)}
    for what in ("Python", "system", "numpy", "tensorflow", "plugin kcore", "cache folder"):
        assert findings[what]["found"], what
        assert findings[what]["cure"] == "", findings[what]
    assert findings["cache folder"]["found"] == str(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    plugin_folder.add("bad", "import no_such_module_at_all", version="0.3")
    result = run("doctor")
    assert result.exit_code == 1
    for fact in (
        "bad 0.3: broken",
        "no_such_module_at_all",
        "pip install",
        "Unset OMP_NUM_THREADS",
    ):
        assert fact in result.output


def test_doctor_finds_a_missing_and_an_old_library(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "kcore.cli.doctor._version", lambda name: {"numpy": "1.2.0", "h5py": ""}.get(name, "99.0")
    )
    monkeypatch.setattr("kcore.cli.doctor._required", lambda: {"numpy": ">=1.26"})
    result = run("doctor")
    assert result.exit_code == 1
    for fact in ("1.2.0, kcore needs >=1.26", "pip install 'numpy>=1.26'", "pip install 'h5py'"):
        assert fact in result.output


def test_doctor_lists_devices_and_tells_what_prevents_it(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {f["what"]: f for f in json.loads(run("doctor", "--devices", "--json").output)}
    assert "CPU:0" in found["devices"]["found"]
    assert found["devices"]["cure"] == ""

    def fail() -> list[str]:
        raise ImportError("libtensorflow is damaged")

    monkeypatch.setattr("kcore.backend.devices.names", fail)
    result = run("doctor", "--devices")
    assert result.exit_code == 1
    for fact in ("libtensorflow is damaged", "pip install --force-reinstall tensorflow"):
        assert fact in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(run: Callable[..., Result], shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert f"_KCORE_COMPLETE={shell}_complete" in result.output


def test_new_plugin_refuses_bad_names_and_keeps_what_is_there(
    run: Callable[..., Result], tmp_path: Any
) -> None:
    for name in ("Gated", "my_layer", "1st", "class", "../up"):
        refused = run("new-plugin", name, "--into", str(tmp_path))
        assert refused.exit_code == 2
        assert repr(name) in refused.output
    made = run("new-plugin", "kcore-own", "--into", str(tmp_path), "--kind", "loss", "--json")
    assert json.loads(made.output)["component"] == "Own"
    again = run("new-plugin", "kcore-own", "--into", str(tmp_path))
    assert again.exit_code == 1
    assert "exists" in again.output
    assert run("new-plugin", "x", "--kind", "toy").exit_code == 2
