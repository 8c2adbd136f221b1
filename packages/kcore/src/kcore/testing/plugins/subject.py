"""PluginSubject: an installed plugin under test."""

from __future__ import annotations

import importlib
import subprocess
import sys

from kcore.errors import ComponentNotFoundError, nearest
from kcore.plugins.catalogue import catalogue
from kcore.plugins.diagnosis import Diagnosis
from kcore.plugins.host import broken
from kcore.plugins.records import PluginRecord
from kcore.testing.check import Check, fail


class PluginSubject:
    """An installed plugin under test.

    Args:
        name: of the plugin.

    Attributes:
        record: what the host knows of it.

    Raises:
        ComponentNotFoundError: if no plugin of this name is installed.
        BrokenPluginError: if the plugin cannot be used.
    """

    def __init__(self, name: str) -> None:
        host = catalogue().host
        record = host.enable(name)
        if record is None:
            names = [known.name for known in host.records()]
            raise ComponentNotFoundError(
                f"No plugin {name!r} is installed. {nearest(name, names)} Installed are: "
                f"{', '.join(names)}."
            )
        if not record.usable:
            why = Diagnosis(record.reason, record.cure, record.traceback)
            raise broken("check_plugin", record, why)
        self.record: PluginRecord = record

    def tried(self) -> dict[tuple[str, str], list[Check]]:
        """The checks of its components, from its own hook `kcore_checks`."""
        given = catalogue().host.call_each("kcore_checks")
        rows = [row for owner, found in given if owner.name == self.record.name for row in found]
        return {(kind, name): _checks(target) for kind, name, target in rows}


def _checks(target: str) -> list[Check]:
    module, _, function = target.partition(":")
    return list(getattr(importlib.import_module(module), function)())


def run_python(code: str, *arguments: str) -> str:
    """What a new process prints that imports from the same places.

    Raises:
        ConformanceError: if it fails.
    """
    begin = f"import sys\nsys.path[:] = {sys.path!r}\n"
    command = [sys.executable, "-c", begin + code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        fail(f"A new process failed: {done.stderr[-2000:]}")
    return done.stdout
