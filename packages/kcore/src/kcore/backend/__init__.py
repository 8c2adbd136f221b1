"""The only part of kcore that imports TensorFlow. Its modules are imported at their first use.

`backend.math.add` imports `kcore.backend.math`, and with it TensorFlow, when it first computes;
until then a process that only builds, prints or plots models never pays for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kcore.backend import attention as attention
    from kcore.backend import autodiff as autodiff
    from kcore.backend import cluster as cluster
    from kcore.backend import compile as compile
    from kcore.backend import control as control
    from kcore.backend import datasets as datasets
    from kcore.backend import devices as devices
    from kcore.backend import distribution as distribution
    from kcore.backend import export as export
    from kcore.backend import fft as fft
    from kcore.backend import image as image
    from kcore.backend import linalg as linalg
    from kcore.backend import math as math
    from kcore.backend import nn as nn
    from kcore.backend import normalization as normalization
    from kcore.backend import optim as optim
    from kcore.backend import random as random
    from kcore.backend import rnn as rnn
    from kcore.backend import segments as segments
    from kcore.backend import spatial as spatial
    from kcore.backend import statistics as statistics
    from kcore.backend import summary as summary
    from kcore.backend import tensor as tensor
    from kcore.backend import text as text
    from kcore.backend import variable as variable

_MODULES = (
    "attention",
    "autodiff",
    "cluster",
    "compile",
    "control",
    "datasets",
    "devices",
    "distribution",
    "export",
    "image",
    "fft",
    "linalg",
    "segments",
    "statistics",
    "math",
    "nn",
    "normalization",
    "optim",
    "random",
    "rnn",
    "summary",
    "spatial",
    "tensor",
    "text",
    "variable",
)
_SETTINGS = (
    "backend",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
)

__all__ = [*_MODULES, *_SETTINGS, "clear_session"]


def clear_session(free_memory: bool = True) -> None:
    """Starts the numbering of automatic names anew.

    Args:
        free_memory: accepted for compatibility; models free their memory without it.
    """
    importlib.import_module("kcore.naming").reset()


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"kcore.backend.{name}")
    if name in _SETTINGS:
        return getattr(importlib.import_module("kcore.config"), name)
    raise AttributeError(f"module 'kcore.backend' has no attribute {name!r}")
