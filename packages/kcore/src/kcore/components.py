"""Objects from what users and files write for them, and back.

An initializer, a loss, an optimizer ... may be given as an object, a name ("mse"), an identity
("kcore/MeanSquaredError"), the plain data of a saved one, or any function of the right form. Names
lead to classes through the catalogue alone: nothing that a file holds is ever imported.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from kcore import arguments
from kcore.dtypes import DTypePolicy
from kcore.errors import ComponentError, ConfigurationError, KcoreError, shown
from kcore.plugins import custom
from kcore.plugins.catalogue import catalogue
from kcore.typing import Config
from kcore.utils.custom_objects import CustomObjectScope

F = TypeVar("F", bound=Callable[..., Any])

# the module that Keras files name for a class of ours that Keras has too
_KERAS_MODULES = {
    "activation": "keras.activations",
    "callback": "keras.callbacks",
    "constraint": "keras.constraints",
    "initializer": "keras.initializers",
    "layer": "keras.layers",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "optimizer": "keras.optimizers",
    "regularizer": "keras.regularizers",
    "schedule": "keras.optimizers.schedules",
}
_OURS = ("kcore", "klayers", "kapps")


def get(kind: str, identifier: Any, owner: str) -> Any:
    """The component that an identifier stands for.

    Args:
        kind: which table names are looked up in, for example "initializer".
        identifier: None, an object or function (returned as it is), a class (an object of it with
            default arguments), a name or identity, or a dict with "class_name" and "config".
        owner: who asks, for the error: "Dense.kernel_initializer".

    Returns:
        An object, a function, or None for None.

    Raises:
        ComponentNotFoundError: if a name is not known; the nearest are proposed.
        ConfigurationError: if the identifier is none of these.

    Example:
        >>> get("initializer", "zeros", "example").__class__.__name__
        'Zeros'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        found: Any = catalogue().load(kind, identifier)
        try:
            return _instance(found)
        except TypeError as error:  # it takes arguments, which a name cannot give
            raise ConfigurationError(f"{owner}: {arguments.misfit(found, {}, error)}") from error
    if isinstance(identifier, dict):
        return from_data(kind, identifier, owner)
    if callable(identifier) or hasattr(identifier, "get_config"):
        return _instance(identifier)
    raise ConfigurationError(
        f"{owner} expects a name, an object, a function or the saved form of a {kind}; received "
        f"{shown(identifier)}."
    )


def get_with(kind: str, data: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """As `get`, with further classes and functions that names may lead to during this call.

    Args:
        kind: as for `get`.
        data: as for `get`.
        custom_objects: dict from name to class or function, or None.

    Example:
        >>> get_with("activation", "doubled", {"doubled": lambda x: 2 * x})(4)
        8
    """
    with CustomObjectScope(custom_objects or {}):
        return get(kind, data, kind)


_FACTORIES: set[Any] = set()


def factory(function: F) -> F:
    """Decorator: what the name of this function stands for is what it makes, as for a class."""
    _FACTORIES.add(function)
    return function


def _instance(found: Any) -> Any:
    return found() if _makes(found) else found


def _makes(found: Any) -> bool:
    return inspect.isclass(found) or (inspect.isfunction(found) and found in _FACTORIES)


def from_data(kind: str, data: Config, owner: str) -> Any:
    """The object that `to_data` described.

    Args:
        kind: the table to look in: a place for an initializer never gives anything else.
        data: dict with "class_name", "config" and perhaps "registered_name".
        owner: who asks, for the error.

    Raises:
        ConfigurationError: if the data does not have this form.
    """
    if not isinstance(data, dict) or not isinstance(data.get("class_name"), str):
        raise ConfigurationError(
            f"{owner}: a saved {kind} is a dict with 'class_name', the name of a class, and "
            f"'config'; received {shown(data)}."
        )
    found = find_class(kind, data)
    if data["class_name"] == "function":
        return _instance(found)
    config = data.get("config", {})
    if not _makes(found):
        return found
    if not isinstance(config, dict):
        raise ConfigurationError(
            f"{owner}: the config of a saved {kind} is a dict of its arguments; received "
            f"{shown(config)}."
        )
    config = {k: array_value(v) if type(v) is dict else v for k, v in config.items()}
    make: Callable[[Config], Any] = getattr(found, "from_config", lambda c: found(**c))
    try:
        arguments.check_plain(found, config)
        return make(without_neutral(found, config) if inspect.isclass(found) else config)
    except KcoreError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ConfigurationError(f"{owner}: {arguments.misfit(found, config, error)}") from error


def array_value(value: Any) -> Any:
    """The numbers of an array, for the form in which Keras writes one; anything else as it is."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        config = value.get("config")
        if not isinstance(config, dict) or not isinstance(config.get("value"), (list, int, float)):
            raise ConfigurationError(
                f"The config of an array is a dict with its numbers as 'value'; received "
                f"{shown(config)}."
            )
        return config["value"]
    return value


# arguments of Keras' classes that ours lack, with the values that ask for nothing; None: any value
_NEUTRAL: dict[str, tuple[Any, ...] | None] = {
    "groups": (1,),
    "implementation": (0, 2),
    "input_axes": (None,),
    "is_legacy_optimizer": (False,),
    "jit_compile": None,
    "kernel_constraint": (None,),
    "kernel_regularizer": (None,),
    "key_shape": None,
    "noise_shape": (None,),
    "optional": (False,),
    "output_axes": (None,),
    "quantization_config": (None,),
    "query_shape": None,
    "ragged": (False,),
    "renorm": (False,),
    "renorm_clipping": (None,),
    "renorm_momentum": None,
    "rms_scaling": (False,),
    "rng_type": None,
    "softmax_robust_masking": (False,),
    "sparse": (False,),
    "stateful": (False,),
    "time_major": (False,),
    "unroll": None,
    "use_cudnn": None,
    "value_shape": None,
    "zero_output_for_mask": (False,),
}


def without_neutral(cls: type, config: Config) -> Config:
    """A configuration from a file of Keras without the arguments that ask for nothing here.

    A class names further ones of its own in `ignored_arguments`: Keras writes them, to no effect.
    """
    foreign = _foreign(cls)
    if foreign.keys().isdisjoint(config):
        return config

    def asks(name: str) -> bool:
        allowed = foreign[name]
        return allowed is not None and config[name] not in allowed

    return {k: v for k, v in config.items() if k not in foreign or asks(k)}


_FOREIGN: WeakKeyDictionary[type, dict[str, tuple[Any, ...] | None]] = WeakKeyDictionary()


def _foreign(cls: type) -> dict[str, tuple[Any, ...] | None]:
    """The arguments of Keras' classes that this one lacks, with their neutral values."""
    found = _FOREIGN.get(cls)
    if found is None:
        neutral = {**_NEUTRAL, **dict.fromkeys(getattr(cls, "ignored_arguments", ()))}
        own = constructor_arguments(cls)
        found = {name: values for name, values in neutral.items() if name not in own}
        _FOREIGN[cls] = found
    return found


def find_class(kind: str, data: Config) -> Any:
    """The class that saved data names: by identity where it has one, else by its short name."""
    name, identity = data["class_name"], data.get("registered_name")
    if name == "function":
        return catalogue().load(kind, _findable(kind, str(data.get("config"))))
    if isinstance(identity, str) and ">" in identity:
        identity = _findable(kind, identity)
    elif not (isinstance(identity, str) and "/" in identity):
        identity = _findable(kind, name)
    elif identity.rsplit("/", 1)[-1] != name:
        raise ConfigurationError(
            f"A saved {kind} names the class {name!r} and the registered name {identity!r}, which "
            "are not the same. The data are damaged, or were changed by hand."
        )
    if kind == "layer" and catalogue().has("model", identity):
        kind = "model"  # a model may stand wherever a layer may
    return catalogue().load(kind, identity)


def identity_of_registered(name: str) -> str:
    """The identity that a name in Keras' form stands for.

    Example:
        >>> identity_of_registered("mylab>Scale"), identity_of_registered("Scale")
        ('mylab/Scale', 'custom/Scale')
    """
    package, _, short = name.rpartition(">")
    return f"{custom.PACKAGE if package in ('', 'Custom') else package}/{short}"


def _registered_form(identity: str, value: Any) -> str:
    """The name by which Keras finds what users register; an identity for what plugins provide."""
    package, _, name = identity.partition("/")
    if package == custom.PACKAGE:
        return name if value in custom.in_scope().values() else f"Custom>{name}"
    return identity if _of_plugin(identity) else f"{package}>{name}"


def _findable(kind: str, name: str) -> str:
    """What the catalogue knows a name in Keras' form by: "package>Name" may be registered here."""
    if ">" not in name:
        return name
    identity = identity_of_registered(name)
    for known in (identity, name.rpartition(">")[2]):
        try:
            return catalogue().find(kind, known).identity
        except ComponentError:
            continue
    return identity  # of which the error will be


def to_data(value: Any) -> Any:
    """Plain data (what JSON can hold) that stands for a value in a configuration.

    Raises:
        ConfigurationError: if it is an object or function that no catalogue knows.

    Example:
        >>> to_data((1, None, "same"))
        [1, None, 'same']
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [to_data(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_data(item) for key, item in value.items()}
    if isinstance(value, DTypePolicy):
        return value.name
    if hasattr(value, "get_config"):
        return object_data(value, value.get_config())
    if inspect.isfunction(value) or inspect.isbuiltin(value):
        return _function_data(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return value.tolist()
    raise ConfigurationError(
        f"{value!r} ({type(value).__name__}) cannot be part of a configuration: expected plain "
        "data, an object with get_config, or a registered function."
    )


def object_data(value: Any, config: Config) -> Config:
    """The saved form of an object: the form of Keras 3.

    Classes that Keras lacks have their identity as registered name; for the others, short names are
    ours: no stranger can take them. A class that adds nothing which a file could hold says with
    `stored_as` which class stands for it there.
    """
    cls = getattr(type(value), "stored_as", type(value))
    found = catalogue().identity_of(cls)
    identity = found or f"custom/{cls.__name__}"
    plugin, name = identity.split("/", 1)
    keras = None
    if plugin in _OURS:
        keras = getattr(cls, "keras_module", None) or _KERAS_MODULES.get(
            getattr(cls, "component_kind", "")
        )
    return {
        "module": keras or cls.__module__.split(".")[0],
        "class_name": name,
        "config": config,
        # Keras refuses a registered name for a class that it has itself
        "registered_name": None if keras else _registered_form(found, cls) if found else name,
    }


def function_data(function: Any) -> Config:
    """A function as Keras writes it where a name alone would not do.

    Example:
        >>> from kcore.losses import mean_squared_error
        >>> function_data(mean_squared_error)["config"]
        'mean_squared_error'
    """
    identity = catalogue().identity_of(function)
    name = function_name(function)
    if identity is not None and not _of_plugin(identity):
        name = _registered_form(identity, function)
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


def alone_makes(function: Any, made: Any, cls: type) -> Any:
    """A function with a name, if an object of just this class was made of nothing else.

    Args:
        function: what `made` was made of.
        made: the object.
        cls: takes the function as its only necessary argument.

    Returns:
        The function; None if the object has other arguments too, or is of a subclass.
    """
    plain = type(made) is cls and hasattr(function, "__name__")
    return function if plain and made.get_config() == cls(function).get_config() else None


def _function_data(function: Any) -> Any:
    """A function of ours or of a plugin by its name, one of the user's as Keras writes it."""
    identity = catalogue().identity_of(function)
    ours = str(function.__module__).split(".")[0] in _OURS
    if ours or (identity is not None and _of_plugin(identity)):
        return function_name(function)
    return function_data(function)


def _of_plugin(identity: str) -> bool:
    """Whether an installed plugin provides what has this identity; else a user registered it."""
    return catalogue().host.record(identity.partition("/")[0]) is not None


def function_name(function: Any) -> str:
    """The name under which a function can be found again: short for ours, identity for others."""
    identity = catalogue().identity_of(function)
    if identity is None:
        return str(function.__name__)
    plugin, name = identity.split("/", 1)
    return name if plugin in _OURS or plugin == "custom" else identity


def signature_config(owner: Any, skip: frozenset[str] = frozenset()) -> Config:
    """The constructor's arguments as the object stores them, as plain data.

    Every argument must be kept under its own name: `Dense(units)` has `self.units`.

    Raises:
        ConfigurationError: if one is not; write `get_config` for such a class.
    """
    config: Config = {}
    for name in constructor_arguments(type(owner)):
        if name in skip:
            continue
        if not hasattr(owner, name):
            raise ConfigurationError(
                f"{type(owner).__name__} takes the argument {name!r} but keeps no attribute "
                f"self.{name}, so its configuration cannot be derived. Store it under that name "
                "or write get_config."
            )
        config[name] = to_data(getattr(owner, name))
    return config


_ARGUMENTS: WeakKeyDictionary[Any, list[str]] = WeakKeyDictionary()


def constructor_arguments(cls: type) -> list[str]:
    """The names of a class's constructor arguments, without catch-alls."""
    constructor = cls.__init__  # type: ignore[misc]
    try:
        return _ARGUMENTS[constructor]
    except (KeyError, TypeError):
        found = _arguments(constructor)
    with contextlib.suppress(TypeError):  # what is written in C cannot be referred to weakly
        _ARGUMENTS[constructor] = found
    return found


def _arguments(constructor: Any) -> list[str]:
    parameters = inspect.signature(constructor).parameters.values()
    catch_all = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in list(parameters)[1:] if p.kind not in catch_all]


class Configurable:
    """Gives a class a configuration made of its constructor's arguments.

    Attributes:
        config_version: of the class, a whole number from 1. The manifest of a file holds it, for
            classes that are installed or registered. A class whose configuration changes raises it
            and writes a class method `upgrade_config(config, version)`, which is given what a file
            of an older version holds and returns the configuration of today. Layers and any other
            class with a configuration may do the same.

    Example:
        >>> class Scaled(Configurable):
        ...     config_version = 2  # 1 called the argument "factor"
        ...     def __init__(self, scale):
        ...         self.scale = scale
        ...     @classmethod
        ...     def upgrade_config(cls, config, version):
        ...         return {"scale": config["factor"]}
        >>> Scaled.from_config(Scaled.upgrade_config({"factor": 3}, 1)).get_config()
        {'scale': 3}
    """

    config_version: ClassVar[int] = 1

    def get_config(self) -> Config:
        """The arguments that make an equal object, as plain data."""
        return signature_config(self)

    @classmethod
    def from_config(cls, config: Config) -> Any:
        """An object with the given configuration."""
        return cls(**config)
