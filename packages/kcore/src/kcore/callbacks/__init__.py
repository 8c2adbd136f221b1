"""Callbacks: what happens around training.

Beside the base classes, every callback that is installed can be had here by name; see `kcore list
callbacks`.
"""

from __future__ import annotations

from typing import Any

from kcore.callbacks.base import Callback, CallbackList
from kcore.plugins.catalogue import catalogue

__all__ = ["Callback", "CallbackList"]


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in catalogue().names("callback"):
        raise AttributeError(f"module 'kcore.callbacks' has no attribute {name!r}")
    return catalogue().load("callback", name)


def __dir__() -> list[str]:
    return sorted({*__all__, *catalogue().names("callback")})
