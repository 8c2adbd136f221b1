"""What this package provides. kcore reads this table; the layer is imported when it is used."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

KCORE_API = ">=0.1,<1"


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, target)."""
    return [("layer", "Gated", "kcore_gated.gated:Gated")]


@hookimpl
def kcore_checks() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, function that gives its checks)."""
    return [("layer", "Gated", "kcore_gated.checks:gated")]
