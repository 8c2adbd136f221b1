"""Data sets that are installed: this package's own and those of plugins, by one kind of table."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from .errors import DatasetError
from .plugin import kcore_components

__all__ = ["find", "installed"]

GROUP = "kcore.plugins"


def installed() -> tuple[dict[str, str], dict[str, str]]:
    """Data sets of all plugins; a plugin that fails hides nobody else's.

    Returns:
        (targets, faults): module of each data set by its identity 'plugin/name', this package's
        first; and what was wrong with each plugin that could not be read.

    Example:
        >>> installed()[0]["kdatasets/digits"]
        'kdatasets.digits'
    """
    targets = {f"kdatasets/{name}": target for _, name, target in kcore_components()}
    faults: dict[str, str] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            rows = entry.load().kcore_components()
            found = {f"{entry.name}/{row[1]}": str(row[2]) for row in rows if row[0] == "dataset"}
        except (Exception, SystemExit) as error:  # strangers' code may raise anything
            faults[entry.name] = f"{type(error).__name__}: {error}"
            continue
        # Nobody takes the identity of another.
        targets.update({key: value for key, value in found.items() if key not in targets})
    return targets, faults


def find(name: str) -> Any:
    """A data set by name.

    Args:
        name: 'plugin/name', or the name alone while it is unambiguous.

    Returns:
        The object with `load_data` and `CARD`.

    Raises:
        DatasetError: If no data set, or more than one, has this name.

    Example:
        >>> find("digits").CARD.name
        'digits'
    """
    targets, faults = installed()
    matches = [key for key in targets if name in (key, key.partition("/")[2])]
    if len(matches) > 1:
        raise DatasetError(f"The name {name!r} stands for {sorted(matches)}; give the full one.")
    if not matches:
        broken = f" Plugins that could not be read: {faults}." if faults else ""
        raise DatasetError(
            f"There is no data set {name!r}; installed are {sorted(targets)}.{broken}"
        )
    module, _, attribute = targets[matches[0]].partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
