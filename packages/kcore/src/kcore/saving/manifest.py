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
    for kind, identity in sorted(_identities(configs)):
        try:
            found = catalogue().find(kind, identity)
        except ComponentError:
            continue
        entry = {"kind": kind, "distribution": found.distribution, "version": found.version}
        classes[identity] = {**entry, "config_version": 1}
    return {"format": FORMAT, "kcore": metadata.version("kcore"), "classes": classes}


_KINDS = {
    "keras.initializers": "initializer",
    "keras.regularizers": "regularizer",
    "keras.constraints": "constraint",
    "keras.optimizers": "optimizer",
    "keras.optimizers.schedules": "schedule",
    "keras.losses": "loss",
    "keras.metrics": "metric",
}


def _identities(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        identity = value.get("registered_name")
        if isinstance(identity, str) and "/" in identity:
            yield _KINDS.get(str(value.get("module")), "layer"), identity
        for item in value.values():
            yield from _identities(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _identities(item)


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
        if record is None and plugin != "custom":
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
