"""kcore: the engine of a deep-learning framework with the interface that Keras users know.

Nothing is imported until it is used; TensorFlow not before the first number is computed. The names
and their types are in `__init__.pyi`.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# public name -> the module that defines it
_NAMES = {
    "DTypePolicy": "kcore.dtypes",
    "Function": "kcore.graph.function",
    "Initializer": "kcore.initializers",
    "Input": "kcore.models.inputs",
    "InputSpec": "kcore.input_spec",
    "Layer": "kcore.layer",
    "Loss": "kcore.losses.base",
    "Metric": "kcore.metrics.base",
    "Model": "kcore.models.model",
    "Optimizer": "kcore.optimizers.base",
    "Regularizer": "kcore.regularizers",
    "Sequential": "kcore.models.sequential",
    "SymbolicTensor": "kcore.graph.symbolic",
    "Variable": "kcore.variable",
    "distribute": "kcore.training.distribution",
    "remat": "kcore.backend.autodiff",
    "reproducible": "kcore.random",
}
_RENAMED = {
    "KerasTensor": ("kcore.graph.symbolic", "SymbolicTensor"),
    "device": ("kcore.backend.devices", "on"),
}
_MODULES = (
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "dtype_policies",
    "dtypes",
    "errors",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "plugins",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
)

__all__ = [*_NAMES, *_RENAMED, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"kcore.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
    elif name in _RENAMED:
        module, attribute = _RENAMED[name]
        value = getattr(importlib.import_module(module), attribute)
    else:
        raise AttributeError(f"module 'kcore' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
