"""Broken plugins, installed together: all else works, and each says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from subprocess import CompletedProcess
from typing import Any

import pytest

from kcore.errors import BrokenPluginError
from kcore.plugins.catalogue import Catalogue
from kcore.plugins.host import Host

TABLE = """
import pluggy

{head}
hookimpl = pluggy.HookimplMarker("kcore")

@hookimpl
def kcore_components():
    return {rows}
"""


@dataclass(frozen=True)
class Broken:
    """A plugin, what is in its table, and the facts that its errors must tell."""

    plugin: str
    source: str
    facts: tuple[str, ...]
    state: str = "broken"
    distribution: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return self.distribution or self.plugin


def _rows(text: str, head: str = "") -> str:
    return TABLE.format(rows=text, head=head)


BROKEN = (
    Broken(
        "raises",
        "def prepare():\n    raise RuntimeError('no licence found')\n\nprepare()\n",
        ("RuntimeError", "no licence found", "raises_table.py", "in prepare"),
    ),
    Broken("exits", "import sys\nsys.exit(3)\n", ("SystemExit", "3", "exits_table.py")),
    Broken("garbled", "def kcore_components(:\n", ("SyntaxError", "garbled_table.py", "Python 3.")),
    Broken(
        "needy",
        "import no_such_dependency.inner\n",
        ("ModuleNotFoundError", "no_such_dependency", "pip install no_such_dependency"),
    ),
    Broken("gone", "", ("ModuleNotFoundError", "gone_missing"), options={"module": "gone_missing"}),
    Broken("none", _rows("5"), ("list of rows", "5 (int)")),
    Broken("short", _rows("[('layer', 'Half')]"), ("Row 0", "('layer', 'Half')")),
    Broken("thief", _rows("[('layer', 'klayers/Dense', 'm:D')]"), ("Row 0", "klayers/Dense")),
    Broken(
        "heir",
        _rows("[('layer', 'D', 'm:D', {'aliases': ('klayers/Dense',)})]"),
        ("Row 0", "identity of klayers"),
    ),
    Broken("target", _rows("[('layer', 'A', 'm:A'), ('layer', 'B', 'm/B')]"), ("Row 1", "m/B")),
    Broken("twice", _rows("[('loss', 'a', 'm:a'), ('loss', 'a', 'm:b')]"), ("loss 'a' twice",)),
    Broken("failing", _rows("1 / 0"), ("ZeroDivisionError", "failing_table.py")),
    Broken("unmarked", "def kcore_components(): return []\n", ("HookimplMarker",)),
    Broken(
        "unknown",
        _rows("[]", "@pluggy.HookimplMarker('kcore')\ndef kcore_no_such_hook(): ..."),
        ("kcore_no_such_hook",),
    ),
    Broken("vague", _rows("[]", "KCORE_API = 'new'"), ("KCORE_API", "'new'")),
    Broken(
        "future",
        _rows("[('layer', 'Later', 'm:Later')]", "KCORE_API = '>=7,<8'"),
        (">=7,<8", "pip install --upgrade future"),
        state="incompatible",
    ),
)
IMPOSTOR = Broken(
    "klayers",
    _rows("[('layer', 'Dense', 'm:Dense')]"),
    ("klayers", "pip uninstall sneaky-package"),
    state="refused",
    distribution="sneaky-package",
    options={"module": "sneaky_table"},
)
GOOD = "good/Good"


@pytest.fixture
def crowd(plugin_folder: Any) -> Any:
    """The folder with every broken plugin, and one that works."""
    for broken in (*BROKEN, IMPOSTOR):
        plugin_folder.add(
            broken.plugin,
            broken.source,
            distribution=broken.distribution,
            version="0.9.1",
            **broken.options,
        )
    (plugin_folder.folder / "gone_missing.py").unlink()
    plugin_folder.add_rows(
        "good", ("layer", "Good", "good_layers:Good"), good_layers="class Good: ..."
    )
    return plugin_folder


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.plugin)
def test_using_a_broken_plugin_tells_all(crowd: Any, broken: Broken) -> None:
    catalogue = Catalogue(Host(crowd.path))
    with pytest.raises(BrokenPluginError) as caught:
        catalogue.find("layer", f"{broken.plugin}/Anything")
    message = str(caught.value)
    for fact in (broken.plugin, f"{broken.package} 0.9.1", "What to do:", "pip", *broken.facts):
        assert fact in message, message


@pytest.mark.parametrize("broken", [*BROKEN, IMPOSTOR], ids=lambda broken: broken.package)
def test_its_record_tells_all(crowd: Any, broken: Broken) -> None:
    host = Host(crowd.path)
    host.enable_all()
    (record,) = (r for r in host.records() if r.distribution == broken.package)
    assert (record.state, record.version) == (broken.state, "0.9.1")
    told = f"{record.name} {record.reason} {record.cure} {record.traceback}"
    for fact in broken.facts:
        assert fact in told


def test_everything_else_works(crowd: Any) -> None:
    catalogue = Catalogue(Host(crowd.path))
    assert [component.identity for component in catalogue.components("layer")][-1] == GOOD
    loaded: Any = catalogue.load("layer", "Good")
    assert loaded.__name__ == "Good"
    assert catalogue.identity_of(loaded) == GOOD
    assert catalogue.host.call_hook("kcore_callbacks", model=None) == []


def test_an_unknown_name_mentions_what_is_broken(crowd: Any) -> None:
    with pytest.raises(ValueError, match="'Missing'") as caught:
        Catalogue(Host(crowd.path)).find("layer", "Missing")
    assert "no licence found" in str(caught.value)


def test_in_a_process_of_its_own(
    crowd: Any, run_python: Callable[..., CompletedProcess[str]]
) -> None:
    imported = run_python("-c", "import kcore, kcore.layers", path=crowd.path)
    assert (imported.returncode, imported.stdout, imported.stderr) == (0, "", "")
    used = run_python("-c", "from kcore.layers import Good; print(Good)", path=crowd.path)
    assert "good_layers.Good" in used.stdout, used.stderr
    failed = run_python(
        "-c",
        "from kcore.plugins.catalogue import catalogue\ncatalogue().load('layer', 'raises/X')",
        path=crowd.path,
    )
    assert failed.returncode == 1
    assert "no licence found" in failed.stderr


def test_the_command_line_lists_them(
    crowd: Any, run_python: Callable[..., CompletedProcess[str]]
) -> None:
    done = run_python("-m", "kcore", "plugins", "--json", path=crowd.path)
    assert done.returncode == 0, done.stderr
    records = {record["distribution"]: record for record in json.loads(done.stdout)}
    for broken in (*BROKEN, IMPOSTOR):
        record = records[broken.package]
        assert record["state"] == broken.state
        assert record["version"] == "0.9.1"
        assert record["reason"]
        assert record["cure"]
    assert records["good"]["state"] == "enabled"


def test_a_plugin_can_be_switched_off(
    crowd: Any, run_python: Callable[..., CompletedProcess[str]]
) -> None:
    done = run_python(
        "-m", "kcore", "plugins", "--json", path=crowd.path, KCORE_PLUGINS="only:good"
    )
    states = {record["name"]: record["state"] for record in json.loads(done.stdout)}
    assert states["good"] == states["kcore"] == "enabled"
    assert {states[broken.plugin] for broken in BROKEN} == {"disabled"}
