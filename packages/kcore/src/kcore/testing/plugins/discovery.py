"""What must hold when a plugin is found and its table is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from kcore.testing.check import Check, expect
from kcore.testing.plugins.subject import PluginSubject, run_python

_HEAVY = ("h5py", "numpy", "tensorflow")
# of the processor's time, so that a busy machine fails nobody; our own tables take a few ms
_LONGEST_MS = 100.0

_CODE = """
import json, time
from kcore.plugins.catalogue import catalogue
host = catalogue().host
host.records()
before, started = set(sys.modules), time.process_time()
host.enable(sys.argv[1])
spent = time.process_time() - started
print(json.dumps({"modules": sorted(set(sys.modules) - before), "milliseconds": spent * 1e3}))
"""


class _Reading:
    """A new process that reads the table of one plugin; run when it is first asked for."""

    def __init__(self, subject: PluginSubject) -> None:
        self.name = subject.record.name
        self.table = subject.record.module.partition(":")[0]
        targets = (c.target.partition(":")[0] for c in subject.record.components)
        self.components = {target for target in targets if target != self.table}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was imported, and how long it took."""
        facts: dict[str, Any] = json.loads(run_python(_CODE, self.name).splitlines()[-1])
        return facts

    def table_is_light(self) -> None:
        """Reading its table imports neither TensorFlow nor numpy nor a module of a component."""
        imported = set(self.facts["modules"])
        heavy = sorted(imported & {*_HEAVY, *self.components})
        expect(
            not heavy,
            f"The plugin {self.name}: reading {self.table} imports {', '.join(heavy)}. Name the "
            "targets as text, import nothing but pluggy there, and keep the package's __init__ "
            "empty or lazy.",
        )

    def table_is_read_fast(self) -> None:
        """Reading its table takes less than 100 ms of the processor."""
        spent = float(self.facts["milliseconds"])
        expect(
            spent < _LONGEST_MS,
            f"The plugin {self.name}: reading {self.table} took {spent:.0f} ms; expected less than "
            f"{_LONGEST_MS:.0f}. Import what takes long in the modules of the components.",
        )


def checks(subject: PluginSubject) -> Iterator[Check]:
    """The checks of a plugin's table."""
    reading = _Reading(subject)
    for run in (reading.table_is_light, reading.table_is_read_fast):
        yield Check(run.__name__, str(run.__doc__), run)
