"""Saving and loading: the format is chosen by the file's suffix, a component."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kcore import components
from kcore.errors import ComponentNotFoundError, ConfigurationError
from kcore.plugins.catalogue import catalogue
from kcore.saving import forms, plain
from kcore.saving.matching import LoadReport, Matching, Rename
from kcore.saving.reading import at, existing, naming, uncollected
from kcore.saving.upgrade import upgrade
from kcore.typing import Config

# what compile takes if nobody gives one
_OPTIMIZER = "rmsprop"


def file_format(filepath: Any) -> Any:
    """The format for a file's suffix.

    Raises:
        ConfigurationError: if no installed package provides one.
    """
    path = Path(filepath)
    suffix = "".join(path.suffixes[-2:]) if path.name.endswith(".weights.h5") else path.suffix
    known = catalogue().names("file_format")
    try:
        found = catalogue().load("file_format", suffix.lstrip(".") or "none")
    except ComponentNotFoundError:
        raise ConfigurationError(
            f"{path}: no format is known for the suffix {suffix!r}; known are "
            f"{', '.join('.' + name for name in known)}."
        ) from None
    return found() if isinstance(found, type) else found


def save_model(model: Any, filepath: Any, overwrite: bool = True, **options: Any) -> None:
    """Writes a model; see `Model.save`."""
    target = Path(filepath)
    file_format(target).save(model, target, overwrite=overwrite, **options)
    catalogue().host.call_hook("kcore_model_saved", model=model, path=target)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model that a file holds.

    Classes are found through the installed packages; nothing in the file is imported or executed.

    Args:
        filepath: the file.
        custom_objects: classes and functions of your own by name, for this call.
        compile: whether the optimizer, losses and metrics are restored.
        safe_mode: must be True: there is no other mode.

    Raises:
        MissingPackageError: one error that lists every package that the file needs and that is
            missing.
        LoadError: if the file is damaged, or is no model.
    """
    if safe_mode is not True:
        raise ConfigurationError(
            "load_model has no unsafe mode: code in files never runs. Pass the functions of Lambda "
            "layers as custom_objects."
        )
    path = existing(filepath)
    with catalogue().scope(dict(custom_objects or {})), naming(path), uncollected():
        model = file_format(path).load(path, compile=compile)
    catalogue().host.call_hook("kcore_model_loaded", model=model, path=path)
    return model


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Writes the weights of a model or layer."""
    target = Path(filepath)
    file_format(target).save_weights(model, target, overwrite=overwrite)


def load_weights(
    model: Any,
    filepath: Any,
    skip_mismatch: bool = False,
    by_name: bool = False,
    partial: bool = False,
    rename: Rename | None = None,
) -> LoadReport:
    """Reads weights into a model or layer; see `Model.load_weights`."""
    path = existing(filepath)
    matching = Matching(partial, skip_mismatch, by_name, rename)
    with naming(path):
        report: LoadReport = file_format(path).load_weights(model, path, matching)
    return report


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model whose architecture `Model.to_json` wrote; without weights."""
    config = plain.parse(json_string, "the JSON text")
    if isinstance(config, dict) and "keras_version" in config:
        with at("the JSON text"):
            with at("keras_version"):
                forms.check_version(config["keras_version"])
            config = upgrade(config, config["keras_version"], "the JSON text")
    with catalogue().scope(dict(custom_objects or {})):
        return model_from_config(config, "the JSON text")


def model_from_config(config: Any, place: str) -> Any:
    """The model that plain data describe.

    Raises:
        LoadError: if the data are not what a model writes; says where they came from.
    """
    with at(place):
        forms.check_model(config)
        return components.from_data("layer", config, "the model")


def compile_config(settings: Any) -> Config:
    """What compile was given, as plain data."""
    data = components.to_data
    return {
        "loss": _own_form(settings.loss),
        "loss_weights": data(settings.loss_weights),
        "metrics": _own_form(settings.metrics),
        "weighted_metrics": _own_form(settings.weighted_metrics),
        "optimizer_config": data(settings.optimizer),
    }


def _own_form(value: Any) -> Any:
    """Losses and metrics as plain data; one that is a function and nothing else as the function."""
    if isinstance(value, dict):
        return {str(key): _own_form(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_own_form(item) for item in value]
    inside = getattr(value, "only_function", None)
    return components.to_data(value if inside is None else inside)


def known_compile_config(config: Any, place: str) -> Config:
    """What compile was given, as Keras writes it, in the form of `compile_config`.

    Where it names no optimizer, compile takes the one that it takes if nobody gives one, as in
    Keras; a warning says so.

    Args:
        config: the data; None and an empty dict stand for a model that was not compiled.
        place: the file and where in it the data are, for errors.

    Raises:
        LoadError: if they are no dict.
    """
    with at(place):
        forms.check_compiled({} if config is None else config)
    known: Config = dict(config or {})
    if "optimizer" in known or "optimizer_config" not in known:
        unnamed = "optimizer" not in known and any(v is not None for v in known.values())
        known["optimizer_config"] = known.pop("optimizer", _OPTIMIZER if unnamed else None)
        if unnamed:
            warnings.warn(
                f"{place} names no optimizer; the model is compiled with {_OPTIMIZER!r}. Call "
                "compile with the optimizer that is meant before training goes on.",
                stacklevel=2,
            )
    return known


def compile_from(model: Any, config: Config, place: str) -> None:
    """Compiles a model as saved data say.

    Args:
        model: to compile.
        config: as `compile_config` makes it.
        place: the file and where in it the data are, for errors.
    """
    with at(place), at("the arguments of compile"):
        forms.check_compiled(config)
        optimizer = config["optimizer_config"]
        make = components.get if isinstance(optimizer, str) else components.from_data
        model.compile(
            optimizer=make("optimizer", optimizer, "optimizer"),
            loss=_restore(config.get("loss"), "loss"),
            loss_weights=config.get("loss_weights"),
            metrics=_restore(config.get("metrics"), "metric"),
            weighted_metrics=_restore(config.get("weighted_metrics"), "metric"),
        )


def _restore(data: Any, kind: str) -> Any:
    if isinstance(data, dict) and "class_name" in data:
        return components.from_data(kind, data, kind)
    if isinstance(data, dict):
        return {key: _restore(item, kind) for key, item in data.items()}
    if isinstance(data, list):
        return [_restore(item, kind) for item in data]
    return data
