"""The kit of whole plugins finds planted faults that only a new process can see."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from kcore.errors import BrokenPluginError, ComponentNotFoundError, ConfigurationError
from kcore.plugins.catalogue import Catalogue
from kcore.plugins.host import Host
from kcore.testing import Check, ConformanceError, check_plugin

TABLE = """
    import time
    import pluggy
    {head}

    hookimpl = pluggy.HookimplMarker("kcore")

    @hookimpl
    def kcore_components():
        layers = [("layer", name, f"{plugin}_layers:{{name}}") for name in {names}]
        return [*layers, ("loss", "Far", "{plugin}_layers:Far")]

    @hookimpl
    def kcore_checks():
        rows = [("layer", name, f"{plugin}_checks:{{name}}") for name in {names}]
        return [*rows, ("loss", "Far", "{plugin}_checks:Far")]
"""
LAYERS = """
    import os

    from kcore import Layer, ops
    from kcore.losses import Loss

    KERNELS = {}

    class Good(Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight((input_shape[-1], 2), name="kernel")

        def call(self, inputs):
            return ops.matmul(inputs, self.kernel)

    class OfTheProcess(Good):
        def call(self, inputs):
            return super().call(inputs) + os.getpid()

    class OneForAll(Good):
        def build(self, input_shape):
            super().build(input_shape)
            self.kernel = KERNELS.setdefault("kernel", self.kernel)

    class Unsaved(Good):
        def get_config(self):
            return {"name": object()}

    class Far(Loss):
        def get_config(self):
            process = {"owner": os.getpid()} if self.name == "planted" else {}
            return {"name": self.name, "reduction": self.reduction, "dtype": None, **process}

        @classmethod
        def from_config(cls, config):
            config.pop("owner", None)
            return cls(**config)

        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), -1)
"""
CHECKS = """
    from kcore.testing import check_layer, check_loss
    import {plugin}_layers as layers

    def _of(name):
        return lambda: check_layer(getattr(layers, name), (3,))

    Good, OfTheProcess, OneForAll, Unsaved = map(_of, "Good OfTheProcess OneForAll Unsaved".split())

    def Far():
        return check_loss(lambda: layers.Far(name="{loss}"), [[0.0]] * 4, [[0.5]] * 4)
"""
BUSY = "begun = time.process_time()\n    while time.process_time() < begun + 0.2: pass"


@pytest.fixture
def install(plugin_folder: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs a plugin with these layers, and code at the head of its table."""

    def run(plugin: str, *names: str, head: str = "", loss: str = "far") -> None:
        table = TABLE.format(plugin=plugin, names=names, head=head)
        plugin_folder.add(
            plugin,
            table,
            **{
                f"{plugin}_layers": LAYERS,
                f"{plugin}_checks": CHECKS.format(plugin=plugin, loss=loss),
            },
        )
        installed = Catalogue(Host([*plugin_folder.path, *sys.path]))
        monkeypatch.setattr("kcore.plugins.catalogue._CATALOGUE", installed)

    return run


def failures(plugin: str) -> dict[str, str]:
    """What each check says that fails."""
    found = {}
    for check in check_plugin(plugin):
        try:
            check()
        except ConformanceError as error:
            found[check.name] = str(error)
    return found


def test_a_good_plugin_passes_and_each_fault_is_found_by_its_check(install: Any) -> None:
    names = ("Good", "OfTheProcess", "OneForAll", "Unsaved")
    install("mixed", *names, loss="planted")
    checks: list[Check] = list(check_plugin("mixed"))
    assert {f"Good-{what}" for what in ("loads_in_a_new_process", "works_on_two_devices")} < {
        check.name for check in checks
    }
    assert all(check.says.endswith(".") for check in checks)
    found = failures("mixed")
    assert set(found) == {
        "OfTheProcess-loads_in_a_new_process",
        "OneForAll-works_on_two_devices",
        "Unsaved-loads_in_a_new_process",
        "Unsaved-works_on_two_devices",
        "Far-loads_in_a_new_process",
    }, found
    for name, facts in {
        "OfTheProcess-loads_in_a_new_process": ("mixed/OfTheProcess", "values differ"),
        "OneForAll-works_on_two_devices": ("mixed/OneForAll", "CPU:1", "CPU:0"),
        "Unsaved-loads_in_a_new_process": ("mixed/Unsaved", "object"),
        "Far-loads_in_a_new_process": ("mixed/Far", "owner"),
    }.items():
        assert all(fact in found[name] for fact in facts), found[name]


@pytest.mark.parametrize(
    ("head", "name", "fact"),
    [
        ("import numpy", "table_is_light", "numpy"),
        ("import heavy_layers", "table_is_light", "heavy_layers"),
        (BUSY, "table_is_read_fast", "ms"),
    ],
)
def test_a_heavy_table_is_found(install: Any, head: str, name: str, fact: str) -> None:
    install("heavy", "Good", head=head)
    check = next(check for check in check_plugin("heavy", {}) if check.name == name)
    with pytest.raises(ConformanceError) as caught:
        check()
    assert "heavy" in str(caught.value)
    assert fact in str(caught.value)


def test_what_cannot_be_checked_is_refused(install: Any, plugin_folder: Any) -> None:
    plugin_folder.add("bad", "import no_such_module_at_all")
    install("good", "Good")
    with pytest.raises(BrokenPluginError, match="no_such_module_at_all"):
        list(check_plugin("bad"))
    with pytest.raises(ComponentNotFoundError, match="'goood'"):
        list(check_plugin("goood"))
    with pytest.raises(ConfigurationError, match="'no_such'"):
        list(check_plugin("good", {}, known_failures={"no_such": "why"}))
    known = {"table_is_light": "why"}
    assert next(check_plugin("good", {}, known_failures=known)).known_failure == "why"
