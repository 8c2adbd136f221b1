"""Models: layers that own a graph of layers and can be trained."""

from __future__ import annotations

from kcore.models.inputs import Input, InputLayer
from kcore.models.model import Model
from kcore.models.sequential import Sequential
from kcore.saving.loading import load_model, model_from_json

__all__ = [
    "Input",
    "InputLayer",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]


def clone_model(model: Model) -> Model:
    """A model of the same architecture with weights of its own, freshly initialised."""
    return type(model).from_config(model.get_config())  # type: ignore[no-any-return]


def save_model(model: Model, filepath: str, overwrite: bool = True, **kwargs: object) -> None:
    """Writes a model to a file; see `Model.save`."""
    model.save(filepath, overwrite=overwrite, **kwargs)
