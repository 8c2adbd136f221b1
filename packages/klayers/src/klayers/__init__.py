"""klayers: the layers. Each is imported when it is first used.

Their types are in `__init__.pyi`.
"""

from __future__ import annotations

import importlib
from typing import Any

from klayers.plugin import ROWS

__version__ = "0.1.0"

_TARGETS = {name: target for _, name, target in ROWS}
_FROM_KCORE = {
    "Input": "kcore.models.inputs",
    "InputLayer": "kcore.models.inputs",
    "Layer": "kcore.layer",
}

__all__ = [*_TARGETS, *_FROM_KCORE]


def __getattr__(name: str) -> Any:
    if name in _TARGETS:
        module, attribute = _TARGETS[name].split(":")
    elif name in _FROM_KCORE:
        module, attribute = _FROM_KCORE[name], name
    else:
        raise AttributeError(f"module 'klayers' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
