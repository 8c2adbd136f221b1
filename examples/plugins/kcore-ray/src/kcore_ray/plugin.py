"""What this package provides. kcore reads this table; the rest is imported when it is used."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("kcore")

KCORE_API = ">=0.1,<1"


@hookimpl
def kcore_components() -> list[tuple[str, str, str]]:
    """Rows of (kind, name, target)."""
    return [("distribution", "ray", "kcore_ray.strategy:ray_workers")]
