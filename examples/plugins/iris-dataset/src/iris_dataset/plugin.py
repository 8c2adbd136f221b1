"""The plugin's table. Imports the marker and nothing else, so that listing plugins stays cheap."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """One row: a data set called iris, found in the module iris_dataset.iris."""
    return [("dataset", "iris", "iris_dataset.iris")]


@hookimpl
def kcore_checks() -> list[tuple[str, str, str]]:
    """One row: the function that gives the checks of iris, for `kcore check iris-dataset`."""
    return [("dataset", "iris", "iris_dataset.checks:iris")]
