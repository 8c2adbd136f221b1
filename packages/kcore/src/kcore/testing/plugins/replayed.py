"""What must hold in a new process that knows a component by its identity only."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kcore import components
from kcore.models import Model
from kcore.plugins.catalogue import catalogue
from kcore.testing.check import Check, ConformanceError, fail
from kcore.testing.comparing import arrays
from kcore.testing.layers.subject import LayerSubject, leaves
from kcore.testing.plugins.subject import PluginSubject, run_python

_CODE = "from kcore.testing.plugins.replay import main\nmain(sys.argv[1])"
# made from plain data; a callback is made anew by its user
_CONFIGURED = ("loss", "metric", "optimizer")

Item = tuple[str, str, Any]


class Replay:
    """Components written down here and brought back in one new process, at the first question.

    Args:
        plugin: whose components they are.
        tried: the checks of components by (kind, name); their subjects are what is written.
    """

    def __init__(
        self, plugin: PluginSubject, tried: Mapping[tuple[str, str], Iterable[Check]]
    ) -> None:
        self.plugin = plugin
        self.items: list[Item] = []
        for (kind, name), given in tried.items():
            makers = [check.subject for check in given if check.subject is not None]
            if makers and (kind == "layer" or kind in _CONFIGURED):
                self.items.append((kind, name, makers[0]))

    @cached_property
    def outcomes(self) -> list[dict[str, str]]:
        """What was found of each item: a text by the name of a check, empty where it holds."""
        with tempfile.TemporaryDirectory() as folder:
            for place, item in enumerate(self.items):
                _write(Path(folder) / str(place), *item)
            try:
                printed = run_python(_CODE, folder)
            except ConformanceError as error:  # kept, so that it is not tried again for each check
                return [{"written": str(error)}] * len(self.items)
        outcomes: list[dict[str, str]] = json.loads(printed.splitlines()[-1])
        return outcomes

    def tell(self, place: int, check: str) -> None:
        """Raises ConformanceError with what was found of an item, if that is anything."""
        _, name, _ = self.items[place]
        found = self.outcomes[place]
        if "written" in found:
            fail(f"{self.plugin.record.name}/{name} could not be tried: {found['written']}")
        if found[check]:
            fail(f"{self.plugin.record.name}/{name}: {found[check]}")


def checks(replay: Replay) -> Iterator[Check]:
    """The checks of a plugin's components in a new process."""
    for place, (kind, name, _) in enumerate(replay.items):

        def loads(place: int = place) -> None:
            replay.tell(place, "loads")

        def devices(place: int = place) -> None:
            replay.tell(place, "devices")

        says = "A new process brings it back by the identity in the file, and it is the same."
        yield Check(f"{name}-loads_in_a_new_process", says, loads)
        if kind == "layer":
            says = "On two devices it gives equal outputs and gradients, plain and compiled."
            yield Check(f"{name}-works_on_two_devices", says, devices)


def _write(folder: Path, kind: str, name: str, make: Any) -> None:
    """Writes what a new process needs to bring a component back and compare it."""
    folder.mkdir()
    facts: dict[str, Any] = {"kind": kind, "name": name}
    try:
        if kind == "layer":
            _write_layer(folder, make())
        else:
            thing = make().make()
            facts["data"] = components.to_data(thing)
            facts["identity"] = catalogue().identity_of(type(thing))
    except Exception as error:
        facts["written"] = f"{type(error).__name__}: {error}"
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def _write_layer(folder: Path, subject: LayerSubject) -> None:
    """A model of the layer in every format, inputs, and what it gives for them."""
    symbols = subject.symbols()
    outputs = leaves(subject.make()(symbols, **subject.call))
    model = Model(leaves(symbols), outputs)
    inputs = [np.asarray(leaf) for leaf in leaves(subject.data())]
    np.savez(folder / "inputs.npz", *inputs)
    np.savez(folder / "outputs.npz", *arrays(model(inputs)))
    seen: set[Any] = set()
    for suffix in catalogue().names("file_format"):
        form = catalogue().load("file_format", suffix)
        whole = getattr(form, "whole_model", True) and not getattr(form, "read_only", False)
        if whole and form not in seen:
            seen.add(form)
            model.save(folder / f"model.{suffix}")
