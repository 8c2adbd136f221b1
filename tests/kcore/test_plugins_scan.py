from __future__ import annotations

import importlib.metadata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcore.plugins.scan import EntryPoint, entry_points, normalized, parse

GROUP = "kcore.plugins"
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,20}", fullmatch=True)
VALUES = st.from_regex(r"[a-z_][a-z0-9_]{0,9}(\.[a-z_]{1,9})?(:[a-z_]{1,9})?", fullmatch=True)


def test_agrees_with_the_standard_library() -> None:
    ours = {
        (point.name, point.value, normalized(point.distribution), point.version)
        for point in entry_points("console_scripts")
    }
    theirs = {
        (point.name, point.value, normalized(point.dist.name), point.dist.version)
        for point in importlib.metadata.entry_points(group="console_scripts")
        if point.dist is not None
    }
    assert ours == theirs


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.dictionaries(NAMES, VALUES, max_size=5))
def test_parse_reads_back_what_is_written(ours: dict[str, str], others: dict[str, str]) -> None:
    sections = [("other.group", others), (GROUP, ours), ("last", others)]
    text = "\n".join(
        f"[{title}]\n" + "\n".join(f"{name} = {value}" for name, value in pairs.items())
        for title, pairs in sections
    )
    assert parse(text, GROUP) == list(ours.items())


@given(st.text(max_size=200))
def test_parse_survives_any_text(text: str) -> None:
    for name, value in parse(f"[{GROUP}]\n{text}", GROUP):
        assert "\n" not in name + value


def test_comments_extras_and_spaces() -> None:
    text = f"[{GROUP}]\n# a comment = no\n; nor = this\n  gated=kcore_gated.plugin [gpu]\nrubbish\n"
    assert parse(text, GROUP) == [("gated", "kcore_gated.plugin")]


def _install(folder: Path, directory: str, metadata: str, headers: str, points: str) -> None:
    info = folder / directory
    info.mkdir(parents=True)
    (info / metadata).write_text(headers)
    (info / "entry_points.txt").write_text(points)


def test_name_and_version_come_from_the_headers(tmp_path: Path) -> None:
    headers = "Metadata-Version: 2.1\nName: Kcore.Gated\nVersion: 2.0rc1\n\nName: body\n"
    points = f"[{GROUP}]\ng = m\n"
    _install(tmp_path, "kcore_gated-2.0rc1.dist-info", "METADATA", headers, points)
    assert entry_points(GROUP, [str(tmp_path)]) == [EntryPoint("g", "m", "Kcore.Gated", "2.0rc1")]


@pytest.mark.parametrize(
    ("directory", "metadata", "version"),
    [("my_plugin-1.5.dist-info", "NONE", "1.5"), ("my_plugin.egg-info", "PKG-INFO", "unknown")],
)
def test_without_headers_the_folder_name_tells(
    tmp_path: Path, directory: str, metadata: str, version: str
) -> None:
    _install(tmp_path, directory, metadata, "", f"[{GROUP}]\ng = m\n")
    assert entry_points(GROUP, [str(tmp_path)]) == [EntryPoint("g", "m", "my-plugin", version)]


def test_the_first_of_two_copies_counts(tmp_path: Path) -> None:
    for folder, version in (("a", "2.0"), ("b", "1.0")):
        headers = f"Name: gated\nVersion: {version}\n"
        points = f"[{GROUP}]\ng = m\n"
        _install(tmp_path / folder, f"gated-{version}.dist-info", "METADATA", headers, points)
    path = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert [point.version for point in entry_points(GROUP, path)] == ["2.0"]
    assert [point.version for point in entry_points(GROUP, path[::-1])] == ["1.0"]


def test_archives_and_missing_folders(tmp_path: Path) -> None:
    archive = tmp_path / "plugins.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("zipped-3.0.dist-info/METADATA", "Name: zipped\nVersion: 3.0\n")
        stream.writestr("zipped-3.0.dist-info/entry_points.txt", f"[{GROUP}]\nz = zipped.table\n")
    path = [str(tmp_path / "nowhere"), str(archive)]
    assert entry_points(GROUP, path) == [EntryPoint("z", "zipped.table", "zipped", "3.0")]
