"""Files: formats by suffix, weights without code, classes by name through the catalogue."""

from __future__ import annotations

from kcore.saving.loading import load_model, load_weights, save_model, save_weights
from kcore.saving.objects import deserialize_keras_object, serialize_keras_object
from kcore.utils.custom_objects import (
    CustomObjectScope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)

custom_object_scope = CustomObjectScope

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
