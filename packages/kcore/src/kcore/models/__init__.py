"""Models: layers that own a graph of layers and can be trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kcore.models.cloning import clone_model
from kcore.models.inputs import Input, InputLayer
from kcore.models.model import Model
from kcore.models.sequential import Sequential
from kcore.plugins.catalogue import catalogue
from kcore.saving import loading
from kcore.saving.loading import load_model, model_from_json

__all__ = [
    "Input",
    "InputLayer",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_config",
    "model_from_json",
    "save_model",
]


def save_model(
    model: Model,
    filepath: Any,
    overwrite: bool = True,
    zipped: bool | None = None,
    **kwargs: Any,
) -> None:
    """Writes a model to a file; see `Model.save`."""
    model.save(filepath, overwrite=overwrite, zipped=zipped, **kwargs)


def model_from_config(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model that `serialize_keras_object(model)` or `Model.to_json` described; no weights.

    Args:
        config: dict with "class_name" and "config".
        custom_objects: classes and functions of your own by name, for this call.

    Raises:
        LoadError: if it describes no model.
    """
    with catalogue().scope(dict(custom_objects or {})):
        return loading.model_from_config(config, "the configuration")
