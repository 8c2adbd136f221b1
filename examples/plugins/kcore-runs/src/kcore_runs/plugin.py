"""What this package provides. kcore reads this table; the rest is imported when it is used."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

KCORE_API = ">=0.1,<1"


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, target)."""
    return [("callback", "RunLogger", "kcore_runs.logger:RunLogger")]


@hookimpl
def kcore_callbacks() -> list[Any]:
    """A logger for every fit, if KCORE_RUNS names a file."""
    path = os.environ.get("KCORE_RUNS")
    if not path:
        return []
    # imported here: listing plugins must stay cheap
    return [importlib.import_module("kcore_runs.logger").RunLogger(path)]


@hookimpl
def kcore_commands() -> list[tuple[str, str]]:
    """Rows of (name, click command)."""
    return [("runs", "kcore_runs.cli:runs")]


@hookimpl
def kcore_checks() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, function that gives its checks)."""
    return [("callback", "RunLogger", "kcore_runs.checks:run_logger")]
