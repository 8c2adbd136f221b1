"""Helpers around training: labels, files, custom objects, pictures of models.

Each is imported when it is first used; the names and their types are in `__init__.pyi`.
"""

from __future__ import annotations

import importlib
from typing import Any

# public name -> "module:attribute"; strings, because some live on floors above this one
_TARGETS = {
    "CustomObjectScope": "kcore.utils.custom_objects:CustomObjectScope",
    "PyDataset": "kcore.data.sequence:PyDataset",
    "Sequence": "kcore.data.sequence:Sequence",
    "custom_object_scope": "kcore.utils.custom_objects:CustomObjectScope",
    "deserialize_keras_object": "kcore.saving.objects:deserialize_keras_object",
    "get_custom_objects": "kcore.utils.custom_objects:get_custom_objects",
    "get_file": "kcore.utils.files:get_file",
    "model_to_dot": "kcore.models.plot:model_to_dot",
    "normalize": "kcore.utils.arrays:normalize",
    "plot_model": "kcore.models.plot:plot_model",
    "register_keras_serializable": "kcore.utils.custom_objects:register_keras_serializable",
    "serialize_keras_object": "kcore.saving.objects:serialize_keras_object",
    "set_random_seed": "kcore.random:set_seed",
    "to_categorical": "kcore.utils.arrays:to_categorical",
}

__all__ = [*_TARGETS]


def __getattr__(name: str) -> Any:
    if name not in _TARGETS:
        raise AttributeError(f"module 'kcore.utils' has no attribute {name!r}")
    module, attribute = _TARGETS[name].split(":")
    value = globals()[name] = getattr(importlib.import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
