"""Any object as plain data and back, where the place does not say what kind of thing it is."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kcore import components
from kcore.errors import ComponentNotFoundError, ConfigurationError
from kcore.plugins.catalogue import catalogue

# what Keras 2 calls a thing in `printable_module_name`, and the last part of a module in files
_KINDS = {
    **{f"{kind}s": kind for kind in ("activation", "callback", "constraint", "initializer")},
    **{f"{kind}s": kind for kind in ("layer", "metric", "optimizer", "regularizer", "schedule")},
    "losses": "loss",
    "loss function": "loss",
    "metric function": "metric",
    "activation function": "activation",
    "models": "model",
}


def serialize_layer(layer: Any) -> Any:
    """The saved form of a layer, as `kcore.layers.serialize`.

    Example:
        >>> from kcore.models import Input
        >>> serialize_layer(Input((3,)).node.operation)["class_name"]
        'InputLayer'
    """
    return components.to_data(layer)


def deserialize_layer(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The layer that `serialize_layer` described, as `kcore.layers.deserialize`.

    Args:
        config: the saved form, or a name.
        custom_objects: further classes and functions by name, for this call.

    Raises:
        ComponentNotFoundError: if no installed package provides it.
    """
    return components.get_with("layer", config, custom_objects)


def serialize_keras_object(obj: Any) -> Any:
    """Plain data that stand for an object; JSON can hold them.

    Args:
        obj: a component, a registered function, plain data, or lists and dicts of these.

    Returns:
        For a component a dict with "class_name", "config", "module" and "registered_name"; plain
        data as they are, tuples as lists.

    Raises:
        ConfigurationError: if it is an object that cannot be described.

    Example:
        >>> from kcore.regularizers import L2
        >>> serialize_keras_object(L2(0.5))["class_name"]
        'L2'
    """
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, dict):
        return {str(key): serialize_keras_object(item) for key, item in obj.items()}
    if inspect.isclass(obj):
        raise ConfigurationError(
            f"serialize_keras_object expects an object; received the class {obj.__name__}. Make "
            "one of it."
        )
    data = components.to_data(obj)
    if callable(obj) and isinstance(data, str):
        return {
            "module": str(getattr(obj, "__module__", "")).split(".")[0],
            "class_name": "function",
            "config": data,
            "registered_name": "function",
        }
    return data


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    *,
    kind: str | None = None,
    module_objects: Mapping[str, Any] | None = None,
    printable_module_name: str | None = None,
) -> Any:
    """The object that `serialize_keras_object` described, in this form or that of Keras 2.

    Args:
        config: the data.
        custom_objects: classes and functions of your own by name, for this call.
        safe_mode: must be True: there is no other mode.
        kind: where names are looked up, for example "layer"; found from the data if None.
        module_objects: further classes by name, as in Keras 2.
        printable_module_name: the kind as Keras 2 calls it.

    Raises:
        ComponentNotFoundError: if nobody provides what the data name.
        ConfigurationError: if several kinds have the name, so that `kind` is needed.

    Example:
        >>> deserialize_keras_object({"class_name": "L2", "config": {"l2": 0.5}}).l2
        0.5
    """
    if safe_mode is not True:
        raise ConfigurationError(
            "deserialize_keras_object has no unsafe mode: code in data never runs. Pass your "
            "functions as custom_objects."
        )
    wanted = kind or _KINDS.get(printable_module_name or "", printable_module_name)
    known = {**(module_objects or {}), **(custom_objects or {})}
    with catalogue().scope(known):
        return _restore(config, None if wanted == "object" else wanted)


def _restore(data: Any, kind: str | None) -> Any:
    if isinstance(data, dict) and isinstance(data.get("class_name"), str):
        return components.from_data(kind or _kind_of(data), data, "deserialize_keras_object")
    if isinstance(data, dict):
        return {key: _restore(item, kind) for key, item in data.items()}
    if isinstance(data, list):
        return [_restore(item, kind) for item in data]
    if isinstance(data, str) and kind is not None:  # Keras 2 writes a function as its name
        return components.get(kind, data, "deserialize_keras_object")
    return data


def _kind_of(data: dict[str, Any]) -> str:
    """The kind of component that data describe: from its module, else the one that has the name."""
    kind = _KINDS.get(str(data.get("module", "")).rpartition(".")[2])
    if kind is not None:
        return kind
    found: dict[str, Any] = {}
    for candidate in ("layer", *catalogue().kinds()):
        try:
            found[candidate] = components.find_class(candidate, data)
        except ComponentNotFoundError:
            continue
    if len({id(value) for value in found.values()}) == 1:
        return next(iter(found))
    if found:
        raise ConfigurationError(
            f"deserialize_keras_object: {data['class_name']!r} is the name of a "
            f"{' and of a '.join(found)}. Say which is meant, kind={next(iter(found))!r}."
        )
    raise ComponentNotFoundError(
        f"deserialize_keras_object: no installed package provides {data['class_name']!r}. Install "
        "the package that does, or pass it in custom_objects."
    )
