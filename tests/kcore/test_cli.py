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
@pytest.mark.parametrize("arguments", [("plugins",), ("list", "layers"), ("--version",)])
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
