"""The manifest of a file: which packages made its classes, so that it can say what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Any

from kcore.errors import ComponentError, MissingPackageError
from kcore.plugins.catalogue import catalogue
from kcore.typing import Config

FORMAT = 1


def make(*configs: Any) -> Config:
    """The manifest for the classes that configurations name.

    Args:
        *configs: of the model, of what compile was given.
    """
    classes: Config = {}
    for kind, name in sorted(set(_names(configs))):
        try:
            found = catalogue().find(kind, name)
        except ComponentError:
            continue
        entry = {"kind": kind, "distribution": found.distribution, "version": found.version}
        classes[found.identity] = {**entry, "config_version": 1}
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


def _names(value: Any) -> Iterator[tuple[str, str]]:
    """Kind and identity of every class; the short name of a class that Keras has too."""
    if isinstance(value, dict):
        module, identity = str(value.get("module")), value.get("registered_name")
        if identity is None and module.split(".")[0] == "keras":
            identity = value.get("class_name")
        if isinstance(identity, str):
            yield _KINDS.get(module, "layer"), identity
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _names(item)


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
        record = host.record(plugin)
        if record is None and plugin != "custom" and identity not in _moved():
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
