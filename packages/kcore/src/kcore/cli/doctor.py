"""`kcore doctor`: what kcore runs on, what is wrong with it, and how to mend it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import click

from kcore.cli import show
from kcore.plugins.catalogue import catalogue
from kcore.plugins.scan import normalized
from kcore.plugins.table import TableError, accepts

_PYTHON = ((3, 10), (3, 13))
_LIBRARIES = ("numpy", "tensorflow", "h5py", "safetensors", "pluggy", "click")
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact, and where it is a trouble, what to do about it."""

    what: str
    found: str
    cure: str = ""


@click.command()
@click.option("--devices", is_flag=True, help="Import TensorFlow and list its devices, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, devices: bool, as_json: bool) -> None:
    """Tell what kcore runs on, what is wrong with it, and how to mend it.

    Exits with 0 if nothing is wrong and with 1 otherwise. Imports TensorFlow with --devices only.
    """
    findings = [*_python(), *_libraries(), *_threads(), *_folders(), *_plugins()]
    if devices:
        findings += _devices()
    troubles = [finding for finding in findings if finding.cure]
    if as_json:
        show.as_json([asdict(finding) for finding in findings])
    else:
        show.table(
            ["what", "found", "state"],
            [[f.what, f.found, "wrong" if f.cure else "good"] for f in findings],
        )
        for finding in troubles:
            click.echo(f"\n{finding.what}: {finding.found}\nWhat to do: {finding.cure}")
    context.exit(1 if troubles else 0)


def _python() -> Iterator[Finding]:
    low, high = _PYTHON
    good = low <= sys.version_info[:2] <= high
    bounds = f"{low[0]}.{low[1]} to {high[0]}.{high[1]}"
    cure = "" if good else f"Install Python {bounds} and make a new environment with it."
    yield Finding("Python", f"{platform.python_version()} ({sys.executable})", cure)
    yield Finding("system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs")


def _libraries() -> Iterator[Finding]:
    wanted = _required()
    for name in _LIBRARIES:
        version = _version(name)
        if not version:
            found, cure = "not installed", f"pip install '{name}{wanted.get(name, '')}'"
        elif _outside(version, wanted.get(name, "")):
            found = f"{version}, kcore needs {wanted[name]}"
            cure = f"pip install '{name}{wanted[name]}'"
        else:
            found, cure = version, ""
        yield Finding(name, found, cure)


def _version(name: str) -> str:
    """The version of an installed package; "" if it is none, or cannot be imported."""
    if importlib.util.find_spec(name) is None:
        return ""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
    # Packages of several names hold TensorFlow: that for CPUs only, for example. Only for them are
    # the files of everything that is installed read, which takes long.
    for distribution in _distributions().get(name, []):
        return metadata.version(distribution)
    return "unknown"


@cache
def _distributions() -> Mapping[str, list[str]]:
    """The distributions that hold each package that can be imported."""
    return metadata.packages_distributions()


def _required() -> dict[str, str]:
    """The versions that kcore asks for, by package: {"numpy": ">=1.26"}."""
    try:
        lines = metadata.requires("kcore") or []
    except metadata.PackageNotFoundError:
        return {}
    bounds: dict[str, str] = {}
    for line in lines:
        requirement, _, marker = line.partition(";")
        end = next((i for i, c in enumerate(requirement) if c in "<>=!~ "), len(requirement))
        if not marker:
            bounds[normalized(requirement[:end])] = requirement[end:].strip()
    return bounds


def _outside(version: str, bounds: str) -> bool:
    try:
        return bool(bounds) and not accepts(bounds, version)
    except (TableError, ValueError):  # a version with letters
        return False


def _threads() -> Iterator[Finding]:
    for name in _THREADS:
        value = os.environ.get(name)
        if value is not None:
            good = value.isdigit() and int(value) > 0
            yield Finding(name, value, "" if good else f"Unset {name}, or give a whole number.")


def _folders() -> Iterator[Finding]:
    home = Path(os.environ.get("KCORE_HOME") or Path.home() / ".kcore")
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    good = place.is_dir() and os.access(place, os.W_OK)
    cure = f"Make {place} writable, or set KCORE_HOME to a folder that is."
    state = "" if home.exists() else " (made at the first download)"
    yield Finding("cache folder", f"{home}{state}", "" if good else cure)


def _plugins() -> Iterator[Finding]:
    host = catalogue().host
    host.enable_all()
    for record in host.records():
        found = f"{record.provider}: {record.state}"
        if record.reason:
            found += f". {record.reason}"
        yield Finding(f"plugin {record.name}", found, record.cure)


def _devices() -> Iterator[Finding]:
    try:
        names = importlib.import_module("kcore.backend.devices").names()
    except Exception as error:
        cure = "pip install --force-reinstall tensorflow"
        yield Finding("devices", f"{type(error).__name__}: {error}", cure)
        return
    yield Finding("devices", ", ".join(names), "" if names else "Reinstall TensorFlow.")
