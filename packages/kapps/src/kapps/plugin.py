"""The table of kapps: one row an application, one a family's module. It imports no layer."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

ROWS: tuple[tuple[str, str, str], ...] = (
    ("application", "ResNet50", "kapps.resnet:ResNet50"),
    ("application", "resnet", "kapps.resnet"),
    ("application", "resnet50", "kapps.resnet50"),
)


@hookimpl
def kcore_components() -> tuple[tuple[str, str, str], ...]:
    """Rows of (kind, name, target)."""
    return ROWS
