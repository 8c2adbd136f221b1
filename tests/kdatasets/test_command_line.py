"""python -m kdatasets."""

from __future__ import annotations

from importlib import import_module, metadata
from types import SimpleNamespace
from typing import Any

import pytest

from kdatasets import digits, mnist
from kdatasets.__main__ import main
from kdatasets.catalogue import find
from kdatasets.plugin import kcore_commands


class Entry:
    """An entry point of a plugin."""

    def __init__(self, name: str, load: Any) -> None:
        self.name = name
        self.load = load


def stranger() -> Any:
    rows = [
        ("dataset", "toys", "kdatasets.digits"),
        ("dataset", "digits", "kdatasets.digits"),
        ("layer", "Toy", "toys:Toy"),
    ]
    return SimpleNamespace(kcore_components=lambda: rows)


def leaves() -> Any:
    raise SystemExit(3)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry("strange", stranger), Entry("leaving", leaves)]
    monkeypatch.setattr("kdatasets.catalogue.entry_points", lambda group: entries)


def test_list(capsys: pytest.CaptureFixture[str], plugins: None) -> None:
    assert main(["list"]) == 0
    out, err = capsys.readouterr()
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "embedded" in lines["kdatasets/digits"]
    assert "11.6 MB to fetch" in lines["kdatasets/mnist"]
    assert "strange/toys" in lines
    assert "strange/Toy" not in lines
    assert "leaving" in err


def test_names(plugins: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert find("mnist") is mnist
    assert find("toys") is find("kdatasets/digits") is digits
    assert main(["info", "digits"]) == 1
    assert "strange/digits" in capsys.readouterr().err
    assert main(["info", "no_such"]) == 1
    err = capsys.readouterr().err
    assert "no_such" in err
    assert "kdatasets/mnist" in err
    assert "leaving" in err


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "mnist"]) == 0
    out = capsys.readouterr().out
    for fact in ("60000", "uint8", "CC BY-SA", "1998", "11.6 MB"):
        assert fact in out


def test_get_and_verify(
    remote: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = remote(b"content")
    monkeypatch.setattr(mnist, "CARD", SimpleNamespace(name="mnist", files=(file,)))
    assert main(["verify", "mnist"]) == 1
    assert "missing" in capsys.readouterr().out
    assert main(["get", "mnist"]) == 0
    assert str(file.cache_path) in capsys.readouterr().out
    assert main(["verify", "mnist"]) == 0
    file.cache_path.write_bytes(b"CONTENT")
    assert main(["verify", "mnist"]) == 1
    monkeypatch.setenv("KDATASETS_OFFLINE", "1")
    assert main(["get", "mnist"]) == 1
    assert "Three ways out" in capsys.readouterr().err
    assert main(["get", "digits"]) == 0


def test_the_group_of_the_plugins() -> None:
    assert isinstance(list(metadata.entry_points(group="kcore.plugins")), list)
    with pytest.raises(SystemExit):
        main([])


def test_the_row_for_kcore_leads_to_a_module_that_needs_no_click() -> None:
    assert kcore_commands() == [("datasets", "kdatasets.command:datasets")]
    module = import_module("kdatasets.command")  # its command is tested with kcore
    with pytest.raises(AttributeError, match="no_such"):
        module.no_such  # noqa: B018
