"""kapps: known networks by name, each imported when it is first used.

The names and their types are in `__init__.pyi`.
"""

from __future__ import annotations

import importlib
from typing import Any

from kapps.plugin import EXTRA, ROWS

__version__ = "0.1.0"

_TARGETS = {**{name: target for _, name, target in ROWS}, **EXTRA}

__all__ = [*_TARGETS, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _TARGETS:
        raise AttributeError(f"module 'kapps' has no attribute {name!r}")
    module, _, attribute = _TARGETS[name].partition(":")
    value: Any = importlib.import_module(module)
    if attribute:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
