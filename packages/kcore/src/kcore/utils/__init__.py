"""Helpers around training: labels, files, custom objects, pictures of models.

Each is imported when it is first used; the names and their types are in `__init__.pyi`.
"""

from __future__ import annotations

import importlib
from typing import Any

from kcore.plugins.catalogue import catalogue

# public name -> "module:attribute"; strings, because some live on floors above this one
_TARGETS = {
    "CustomObjectScope": "kcore.utils.custom_objects:CustomObjectScope",
    "HDF5Matrix": "kcore.utils.hdf5_matrix:HDF5Matrix",
    "Progbar": "kcore.utils.progbar:Progbar",
    "PyDataset": "kcore.data.sequence:PyDataset",
    "Sequence": "kcore.data.sequence:Sequence",
    "clear_session": "kcore.backend:clear_session",
    "convert_all_kernels_in_model": "kcore.utils.kernels:convert_all_kernels_in_model",
    "custom_object_scope": "kcore.utils.custom_objects:CustomObjectScope",
    "deserialize_keras_object": "kcore.saving.objects:deserialize_keras_object",
    "get_custom_objects": "kcore.utils.custom_objects:get_custom_objects",
    "get_file": "kcore.utils.files:get_file",
    "get_registered_name": "kcore.utils.custom_objects:get_registered_name",
    "get_registered_object": "kcore.utils.custom_objects:get_registered_object",
    "is_keras_tensor": "kcore.graph.symbolic:is_symbolic",
    "model_to_dot": "kcore.models.plot:model_to_dot",
    "multi_gpu_model": "kcore.utils.devices:multi_gpu_model",
    "normalize": "kcore.utils.arrays:normalize",
    "pack_x_y_sample_weight": "kcore.data.batches:pack_x_y_sample_weight",
    "plot_model": "kcore.models.plot:plot_model",
    "print_summary": "kcore.models.summary:print_summary",
    "register_keras_serializable": "kcore.utils.custom_objects:register_keras_serializable",
    "serialize_keras_object": "kcore.saving.objects:serialize_keras_object",
    "set_random_seed": "kcore.random:set_seed",
    "split_dataset": "kcore.data.splitting:split_dataset",
    "standardize_dtype": "kcore.dtypes:standardize",
    "timeseries_dataset_from_array": "kcore.data.timeseries:timeseries_dataset_from_array",
    "to_categorical": "kcore.utils.arrays:to_categorical",
    "unpack_x_y_sample_weight": "kcore.data.batches:unpack_x_y_sample_weight",
}

# name -> kind and name of a component; not in __all__, so that a star import needs no other package
_COMPONENTS = {
    name.partition(".")[2]: ("preprocessor", name)
    for name in (
        *("image.array_to_img", "image.img_to_array", "image.load_img", "image.save_img"),
        *("image.image_dataset_from_directory", "text.text_dataset_from_directory"),
    )
}

__all__ = [*_TARGETS]


def __getattr__(name: str) -> Any:
    if name in _COMPONENTS:
        found = globals()[name] = catalogue().load(*_COMPONENTS[name])
        return found
    if name not in _TARGETS:
        raise AttributeError(f"module 'kcore.utils' has no attribute {name!r}")
    module, attribute = _TARGETS[name].split(":")
    value = globals()[name] = getattr(importlib.import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return sorted((*__all__, *_COMPONENTS))
