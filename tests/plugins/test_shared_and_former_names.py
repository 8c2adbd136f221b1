"""Two plugins with one short name; classes that were renamed or moved: what their files load."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kcore
from kcore.errors import ComponentClashError
from kcore.plugins.catalogue import Catalogue, catalogue
from kcore.plugins.host import Host

LAYER = """
    from kcore import Layer

    class {name}(Layer):
        file_name = "old"  # what files call it: the name that it had first

        def build(self, input_shape):
            self.shift = self.add_weight((input_shape[-1],), name="shift")

        def call(self, inputs):
            return inputs * {factor} + self.shift
"""


@pytest.fixture
def shop(plugin_folder: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes this process see what is in the folder now; more may be added before each call."""

    def see() -> None:
        installed = Catalogue(Host([*plugin_folder.path, *sys.path]))
        monkeypatch.setattr("kcore.plugins.catalogue._CATALOGUE", installed)

    return see


def model_of(identity: str) -> Any:
    """A model of one layer, and what it predicts for ones."""
    layer: Any = catalogue().load("layer", identity)
    return kcore.Sequential([kcore.Input((3,)), layer()])


def predicted(model: Any) -> Any:
    return model.predict(np.ones((2, 3), "float32"), verbose=0)


def add(plugin_folder: Any, plugin: str, name: str, factor: int, **options: Any) -> None:
    """Installs a plugin with one layer."""
    module = f"{plugin}_layers"
    source = LAYER.format(name=name, factor=factor)
    row: tuple[Any, ...] = ("layer", name, f"{module}:{name}")
    plugin_folder.add_rows(plugin, (*row, options) if options else row, **{module: source})


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_files_load_each_its_own(
    plugin_folder: Any, shop: Any, tmp_path: Path, suffix: str
) -> None:
    add(plugin_folder, "first", "Shared", 2)
    add(plugin_folder, "second", "Shared", 5)
    shop()
    for identity in ("first/Shared", "second/Shared"):
        model = model_of(identity)
        path = tmp_path / f"{identity.replace('/', '_')}.{suffix}"
        model.save(path)
        again = kcore.models.load_model(path)
        assert type(again.layers[-1]) is catalogue().load("layer", identity)
        np.testing.assert_array_equal(predicted(again), predicted(model))
    assert predicted(model_of("first/Shared")).mean() != predicted(model_of("second/Shared")).mean()
    with pytest.raises(ComponentClashError) as caught:
        catalogue().find("layer", "Shared")
    for fact in ("first/Shared", "second/Shared", "first 1.0", "second 1.0"):
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    ("plugin", "name", "alias", "suffix"),
    [
        ("first", "New", "Old", "h5"),
        ("heir", "Old", "first/Old", "h5"),
        ("heir", "Old", "first/Old", "keras"),
        ("first", "New", "Old", "keras"),
    ],
)
def test_old_files_load_and_warn_once(
    plugin_folder: Any, shop: Any, tmp_path: Path, suffix: str, plugin: str, name: str, alias: str
) -> None:
    add(plugin_folder, "first", "Old", 2)
    shop()
    model, path = model_of("first/Old"), tmp_path / f"model.{suffix}"
    model.save(path)
    expected = predicted(model)
    for file in list(plugin_folder.folder.glob("first*")):  # as pip does when it uninstalls
        if file.is_dir():
            (file / "entry_points.txt").unlink()
        else:
            file.unlink()
    for module in [m for m in sys.modules if m.startswith("first_")]:
        del sys.modules[module]
    add(plugin_folder, plugin, name, 2, aliases=(alias,))
    shop()
    with pytest.warns(FutureWarning, match=f"{plugin}/{name}"):
        again = kcore.models.load_model(path)
    np.testing.assert_array_equal(predicted(again), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(predicted(kcore.models.load_model(path)), expected)
