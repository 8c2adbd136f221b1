"""Reads the entry points of one group from the metadata of installed packages.

`importlib.metadata` parses the metadata of every installed package; this reads only what it needs,
in a few milliseconds, and leaves archives on the path to the standard library. Nothing is imported
from what is found.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_METADATA_FILE = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One line of a distribution's entry points: `name = value`."""

    name: str
    value: str
    distribution: str
    version: str


def normalized(distribution: str) -> str:
    """The name of a distribution as packaging tools compare it.

    Example:
        >>> normalized("Kcore.Gated")
        'kcore-gated'
    """
    return distribution.lower().replace("_", "-").replace(".", "-")


def entry_points(group: str, path: Sequence[str] | None = None) -> list[EntryPoint]:
    """The entry points of a group in the order of the path; a package counts where it comes first.

    Args:
        group: the name of the group, for example "kcore.plugins".
        path: folders and archives to search, default `sys.path`.

    Returns:
        One item for each line; unreadable folders and malformed lines are passed over.

    Example:
        >>> entry_points("kcore.plugins", path=[])
        []
    """
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for place in dict.fromkeys(sys.path if path is None else path):
        in_archive = os.path.isfile(place)
        for distribution, points in (
            _in_archive(place, group) if in_archive else _in_folder(place, group)
        ):
            if distribution not in seen:
                seen.add(distribution)
                found += points
    return found


def parse(text: str, group: str) -> list[tuple[str, str]]:
    r"""The (name, value) pairs of one section of an entry_points.txt.

    Example:
        >>> parse("[kcore.plugins]\ngated = kcore_gated.plugin", "kcore.plugins")
        [('gated', 'kcore_gated.plugin')]
    """
    pairs: list[tuple[str, str]] = []
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            pairs.append((name.strip(), value.partition("[")[0].strip()))
    return pairs


def _in_folder(folder: str, group: str) -> Iterator[tuple[str, list[EntryPoint]]]:
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return
    for name in names:
        stem, suffix = os.path.splitext(name)
        if suffix in _METADATA_FILE:
            base = os.path.join(folder, name)
            key = normalized(stem.partition("-")[0])
            text = _read(os.path.join(base, "entry_points.txt"))
            pairs = parse(text, group) if group in text else []
            title, version = _title(base, suffix, stem) if pairs else ("", "")
            yield key, [EntryPoint(*pair, title, version) for pair in pairs]


def _title(base: str, suffix: str, stem: str) -> tuple[str, str]:
    """Name and version from the metadata headers, or else from the folder's name."""
    name, _, version = stem.partition("-")
    headers = {"name": name.replace("_", "-"), "version": version or "unknown"}
    for line in _read(os.path.join(base, _METADATA_FILE[suffix])).splitlines():
        if not line:
            break
        key, _, value = line.partition(":")
        if key.lower() in headers and value.strip():
            headers[key.lower()] = value.strip()
    return headers["name"], headers["version"]


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def _in_archive(archive: str, group: str) -> Iterator[tuple[str, list[EntryPoint]]]:
    # Imported here because it costs more than the whole scan and archives on the path are rare.
    metadata = importlib.import_module("importlib.metadata")
    for distribution in metadata.distributions(path=[archive]):
        title, version = str(distribution.name), str(distribution.version)
        pairs = parse(distribution.read_text("entry_points.txt") or "", group)
        yield normalized(title), [EntryPoint(*pair, title, version) for pair in pairs]
