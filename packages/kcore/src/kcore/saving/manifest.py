"""The manifest of a file: which packages made its classes, so that it can say what is missing.

    {"format": 2, "kcore": "0.1.0", "classes": {"layer:klayers/Dense": {"distribution": "klayers",
     "version": "0.1.0", "config_version": 1}, ...}}

The kind belongs to the key, since a loss and a metric may share an identity. Format 1 had the kind
inside the entry; it is still read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from kcore.components import identity_of_registered
from kcore.errors import (
    ComponentError,
    ConfigurationError,
    LoadError,
    MissingPackageError,
    shown,
)
from kcore.plugins.catalogue import catalogue
from kcore.plugins.records import Component
from kcore.typing import Config

FORMAT = 2


def make(*configs: Any) -> Config:
    """The manifest for the classes that configurations name.

    Args:
        *configs: of the model, of what compile was given.
    """
    classes: Config = {}
    for module, name, hint in sorted(set(_names(configs))):
        found = _find(module, name, hint)
        if found is None:
            continue
        try:
            version = config_version(catalogue().load_component(found))
        except ComponentError:
            continue
        classes[f"{found.kind}:{found.identity}"] = {
            "distribution": found.distribution,
            "version": found.version,
            "config_version": version,
        }
    return {"format": FORMAT, "kcore": metadata.version("kcore"), "classes": classes}


@dataclass(frozen=True)
class Entry:
    """What a manifest says about one class.

    Args:
        kind: of component, or "" if an older file does not say.
        identity: of the class, "plugin/Name".
        distribution: the package that provided it; "" for a class that was registered.
        version: of the package.
        config_version: of the class, as it stands in the file.
    """

    kind: str
    identity: str
    distribution: str
    version: str
    config_version: Any = 1


def entries(manifest: Any, place: str) -> list[Entry]:
    """What a manifest says, class by class; nothing for a file without one.

    Args:
        manifest: of the file, as it was read, or None.
        place: for errors.

    Raises:
        LoadError: if it has another form, or a newer format.
    """
    if manifest is None:
        return []
    classes = manifest.get("classes", {}) if isinstance(manifest, dict) else None
    if not isinstance(classes, dict) or not all(isinstance(e, dict) for e in classes.values()):
        raise LoadError(
            f"{place}: expected a dict whose 'classes' are a dict by kind and identity; received "
            f"{shown(manifest)}."
        )
    written = manifest.get("format", 1)
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise LoadError(
            f"{place}: expected a manifest of format 1 to {FORMAT}, which this kcore reads; "
            f"received format {shown(written)}. What to do: pip install --upgrade kcore"
        )
    found = []
    for key, entry in classes.items():
        kind, _, identity = key.rpartition(":")
        texts = (entry.get(name) for name in ("kind", "distribution", "version"))
        own, distribution, version = (str(text or "") for text in texts)
        version_of_config = entry.get("config_version", 1)
        found.append(Entry(kind or own, identity, distribution, version, version_of_config))
    return found


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


def _names(value: Any, hint: str = "") -> Iterator[tuple[str, str, str]]:
    """Module, identity and probable kind of every class; the short name if Keras has it too."""
    if isinstance(value, dict):
        own = _name_of(value)
        if own is not None:
            yield *own, hint
        for key, item in value.items():
            yield from _names(item, _hint(key, hint))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _names(item, hint)


def _hint(key: str, outer: str) -> str:
    """The kind that a place in a configuration is for: "loss", "kernel_initializer", "layers"."""
    if key == "learning_rate":
        return "schedule"
    return next((kind for kind in sorted(set(_KINDS.values())) if kind in key), outer)


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


def _find(module: str, name: str, hint: str) -> Component | None:
    """The component that an entry names; a module of somebody else's does not say its kind."""
    kinds = (hint, "layer", *_KINDS.values()) if hint else ("layer", *_KINDS.values())
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
    known = {(entry.kind, entry.identity): entry for entry in entries(manifest, place)}
    if all(_is_of_today(entry) for entry in known.values()):
        return data
    return _upgraded(data, known, place)


_Entries = dict[tuple[str, str], Entry]


def _is_of_today(entry: Entry) -> bool:
    """Whether the configuration of a class is what it was when the file was written."""
    try:
        found = catalogue().load(entry.kind, entry.identity)
    except ComponentError:
        return False
    return bool(entry.config_version == config_version(found))


def _upgraded(value: Any, classes: _Entries, place: str, hint: str = "") -> Any:
    if isinstance(value, list):
        return [_upgraded(item, classes, place, hint) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _upgraded(item, classes, place, _hint(key, hint)) for key, item in value.items()}
    name = _name_of(value)
    component = None if name is None else _find(*name, hint)
    # if nobody provides it, making the object says more about it
    entry = None if component is None else classes.get((component.kind, component.identity))
    if component is not None and entry is not None and isinstance(found.get("config"), dict):
        found["config"] = _of_today(component, entry, found["config"], place)
    return found


def _of_today(component: Component, entry: Entry, config: Config, place: str) -> Config:
    cls = catalogue().load_component(component)
    own, stored = config_version(cls), entry.config_version
    if type(stored) is not int or stored < 1:
        raise LoadError(
            f"{place}: the manifest gives {component.identity} the config version {stored!r}; "
            "expected a whole number from 1. The file is damaged, or was changed by hand."
        )
    if stored > own:
        package = component.distribution or component.plugin
        raise LoadError(
            f"{place}: {component.identity} was written with config version {stored} (by "
            f"{package} {entry.version or '?'}); the class of {component.provider} knows "
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


def check_installed(manifest: Any, path: str, place: str) -> None:
    """Says in one error everything that a file needs and that is not installed.

    Args:
        manifest: of the file, or None.
        path: of the file.
        place: where the manifest is in it.

    Raises:
        MissingPackageError: with every missing class and one pip command.
        LoadError: if the manifest is damaged.
    """
    host = catalogue().host
    missing: dict[str, list[str]] = {}
    for entry in entries(manifest, place):
        plugin = entry.identity.split("/", 1)[0]
        # a class that no package provided was registered: the catalogue is asked when it is made
        registered = entry.distribution == "" or plugin == "custom"
        if not registered and host.record(plugin) is None and entry.identity not in _moved():
            missing.setdefault(entry.distribution, []).append(
                f"{entry.identity} (version {entry.version or '?'})"
            )
    if missing:
        listed = "; ".join(f"{package}: {', '.join(names)}" for package, names in missing.items())
        raise MissingPackageError(
            f"{path} needs classes of packages that are not installed. {listed}. "
            f"What to do: pip install {' '.join(sorted(missing))}"
        )
