"""The manifest of a file: which packages made its classes, so that it can say what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Any

from kcore.components import identity_of_registered
from kcore.errors import ComponentError, ConfigurationError, LoadError, MissingPackageError
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import Component
from kcore.typing import Config

FORMAT = 1


def make(*configs: Any) -> Config:
    """The manifest for the classes that configurations name.

    Args:
        *configs: of the model, of what compile was given.
    """
    classes: Config = {}
    for module, name in sorted(set(_names(configs))):
        found = _find(module, name)
        if found is None:
            continue
        try:
            version = config_version(catalogue().load_component(found))
        except ComponentError:
            continue
        entry = {"kind": found.kind, "distribution": found.distribution, "version": found.version}
        classes[found.identity] = {**entry, "config_version": version}
    return {"format": FORMAT, "kcore": metadata.version("kcore"), "classes": classes}


_KINDS = {
    "keras": "model",
    "keras.src.models.functional": "model",
    "keras.initializers": "initializer",
    "keras.regularizers": "regularizer",
    "keras.constraints": "constraint",
    "keras.optimizers": "optimizer",
    "keras.optimizers.schedules": "schedule",
    "keras.losses": "loss",
    "keras.metrics": "metric",
}


def classes_in(config: Any) -> list[tuple[str, str]]:
    """Kind and name of every class that plain data name, each once; nothing is looked up."""
    found: dict[tuple[str, str], None] = {}
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            name, module = value.get("class_name"), str(value.get("module"))
            operation = module.startswith("keras.src.ops.")
            if (
                not operation
                and isinstance(name, str)
                and not name.startswith("__")
                and "config" in value
            ):
                found[_KINDS.get(module, "layer"), name] = None
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return sorted(found)


def _names(value: Any) -> Iterator[tuple[str, str]]:
    """Module and identity of every class; the short name of a class that Keras has too."""
    if isinstance(value, dict):
        own = _name_of(value)
        if own is not None:
            yield own
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _names(item)


def _name_of(entry: Config) -> tuple[str, str] | None:
    """Module and name of the class that an entry stands for; None if it stands for none."""
    module, identity = str(entry.get("module")), entry.get("registered_name")
    if module.startswith("keras.src.ops."):  # an operation, though some have a layer's name
        return None
    if identity is None and module.split(".")[0] == "keras":
        identity = entry.get("class_name")
    elif isinstance(identity, str) and "/" not in identity:
        identity = identity_of_registered(identity)
    return (module, identity) if isinstance(identity, str) else None


def _find(module: str, name: str) -> Component | None:
    """The component that an entry names; a module of somebody else's does not say its kind."""
    kinds = ("layer", *_KINDS.values())
    if module in _KINDS or module.split(".")[0] == "keras":
        kinds = (_KINDS.get(module, "layer"),)
    for kind in dict.fromkeys(kinds):
        try:
            return catalogue().find(kind, name)
        except ComponentError:
            continue
    return None


def config_version(cls: Any) -> int:
    """The version of a class's configuration: its attribute `config_version`, 1 if it has none."""
    return int(getattr(cls, "config_version", 1))


def upgraded(data: Any, manifest: Any, place: str) -> Any:
    """Plain data whose configurations are those of the classes of today.

    A class whose configuration has changed since the file was written upgrades it itself, with
    `upgrade_config(config, version)`; what is inside a configuration is upgraded before it.

    Args:
        data: of the model or of what compile was given.
        manifest: of the file; nothing is upgraded where it has none.
        place: for errors.

    Raises:
        LoadError: if a class installed here is older than the file, or the manifest is damaged.
        ConfigurationError: if a class raised its version and has no `upgrade_config`.
    """
    classes = manifest.get("classes") if isinstance(manifest, dict) else None
    if not classes or all(_is_of_today(*entry) for entry in dict(classes).items()):
        return data
    return _upgraded(data, dict(classes), place)


def _is_of_today(identity: str, entry: Any) -> bool:
    """Whether the configuration of a class is what it was when the file was written."""
    kind = entry.get("kind") if isinstance(entry, dict) else None
    try:
        found = catalogue().load(str(kind), identity)
    except ComponentError:
        return False
    return bool(entry.get("config_version", 1) == config_version(found))


def _upgraded(value: Any, classes: Config, place: str) -> Any:
    if isinstance(value, list):
        return [_upgraded(item, classes, place) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _upgraded(item, classes, place) for key, item in value.items()}
    name = _name_of(value)
    if name is not None and isinstance(found.get("config"), dict):
        found["config"] = _of_today(*name, found["config"], classes, place)
    return found


def _of_today(module: str, name: str, config: Config, classes: Config, place: str) -> Config:
    component = _find(module, name)
    entry = None if component is None else classes.get(component.identity)
    if component is None or entry is None:
        return config  # if nobody provides it, making the object says more about it
    cls = catalogue().load_component(component)
    own, stored = config_version(cls), entry.get("config_version", 1)
    if type(stored) is not int or stored < 1:
        raise LoadError(
            f"{place}: the manifest gives {component.identity} the config version {stored!r}; "
            "expected a whole number from 1. The file is damaged, or was changed by hand."
        )
    if stored > own:
        package = component.distribution or component.plugin
        raise LoadError(
            f"{place}: {component.identity} was written with config version {stored} (by "
            f"{package} {entry.get('version', '?')}); the class of {component.provider} knows "
            f"versions up to {own}. What to do: pip install --upgrade {package}"
        )
    if stored == own:
        return config
    upgrade = getattr(cls, "upgrade_config", None)
    if upgrade is None:
        raise ConfigurationError(
            f"{place}: {component.identity} was written with config version {stored} and has "
            f"config_version = {own} now, but no class method upgrade_config(config, version) that "
            "brings the configuration up. Write one."
        )
    return dict(upgrade(config, stored))


def _moved() -> set[str]:
    """Identities of the past: what has moved here from plugins that need not be installed."""
    return {alias for component in catalogue().components() for alias in component.aliases}


def check_installed(manifest: Any, path: Any) -> None:
    """Says in one error everything that a file needs and that is not installed.

    Raises:
        MissingPackageError: with every missing class and one pip command.
    """
    if not isinstance(manifest, dict):
        return
    host = catalogue().host
    missing: dict[str, list[str]] = {}
    for identity, entry in dict(manifest.get("classes", {})).items():
        plugin = str(identity).split("/", 1)[0]
        # a class that no package provided was registered: the catalogue is asked when it is made
        registered = entry.get("distribution") == "" or plugin == "custom"
        if not registered and host.record(plugin) is None and identity not in _moved():
            wanted = f"{entry.get('distribution') or plugin}"
            missing.setdefault(wanted, []).append(
                f"{identity} (version {entry.get('version', '?')})"
            )
    if missing:
        listed = "; ".join(f"{package}: {', '.join(names)}" for package, names in missing.items())
        raise MissingPackageError(
            f"{path} needs classes of packages that are not installed. {listed}. "
            f"What to do: pip install {' '.join(sorted(missing))}"
        )
