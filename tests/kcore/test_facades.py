from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import kcore.applications
import kcore.datasets
import kcore.layers
import kcore.preprocessing
import kcore.preprocessing.image
import kcore.preprocessing.sequence
import kcore.preprocessing.text
from kcore.errors import BrokenPluginError, MissingPackageError
from kcore.plugins.catalogue import Catalogue
from kcore.plugins.host import Host

FACADES = (
    kcore.layers,
    kcore.applications,
    kcore.datasets,
    kcore.preprocessing,
    kcore.preprocessing.image,
    kcore.preprocessing.sequence,
    kcore.preprocessing.text,
)


@pytest.fixture
def catalogue_of(plugin_folder: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """The facades look at what is in the plugin folder; afterwards they are as they were."""
    before = {facade: dict(vars(facade)) for facade in FACADES}
    submodules = set(sys.modules)
    catalogue = Catalogue(Host(plugin_folder.path))
    monkeypatch.setattr("kcore.plugins.catalogue._CATALOGUE", catalogue)
    yield catalogue
    for facade, names in before.items():
        vars(facade).clear()
        vars(facade).update(names)
    for name in set(sys.modules) - submodules:
        if name.rpartition(".")[0] in {facade.__name__ for facade in FACADES}:
            del sys.modules[name]


@pytest.fixture
def installed(plugin_folder: Any, catalogue_of: Catalogue) -> Catalogue:
    """Made-up packages of ours and one stranger's."""
    plugin_folder.add_rows(
        "klayers", ("layer", "Dense", "f_layers:Dense"), f_layers="class Dense: ..."
    )
    plugin_folder.add_rows(
        "kapps",
        ("application", "ResNet50", "f_resnet:ResNet50"),
        ("application", "resnet50", "f_resnet"),
        f_resnet="def ResNet50(): ...\ndef preprocess_input(x): return x",
    )
    plugin_folder.add_rows(
        "kdatasets", ("dataset", "mnist", "f_mnist"), f_mnist="def load_data(): return 'digits'"
    )
    plugin_folder.add_rows(
        "kpreprocess",
        ("preprocessor", "text.Tokenizer", "f_text:Tokenizer"),
        ("preprocessor", "sequence.pad_sequences", "f_text:pad_sequences"),
        ("preprocessor", "image.load_img", "f_text:load_img"),
        f_text="class Tokenizer: ...\ndef pad_sequences(): ...\ndef load_img(): ...",
    )
    plugin_folder.add_rows(
        "gated",
        ("layer", "Gated", "f_gated:Gated"),
        ("layer", "Broken", "f_nowhere:Broken"),
        f_gated="class Gated: ...",
    )
    return catalogue_of


def test_the_same_object_as_in_the_package(installed: Catalogue) -> None:
    from kcore.layers import Dense, Gated

    assert Dense is kcore.layers.Dense is sys.modules["f_layers"].Dense
    assert Gated is sys.modules["f_gated"].Gated
    assert vars(kcore.layers)["Dense"] is Dense


def test_data_sets_are_modules(installed: Catalogue) -> None:
    from kcore.datasets import mnist
    from kcore.datasets.mnist import load_data

    assert load_data() == "digits"
    assert mnist is sys.modules["f_mnist"] is sys.modules["kcore.datasets.mnist"]
    assert mnist.__name__ == mnist.__spec__.name == "f_mnist"


def test_a_submodule_can_be_imported_first(installed: Catalogue) -> None:
    module = importlib.import_module("kcore.datasets.mnist")
    assert module is kcore.datasets.mnist is sys.modules["f_mnist"]
    assert importlib.import_module("kcore.datasets.mnist") is module


def test_applications_have_builders_and_families(installed: Catalogue) -> None:
    from kcore.applications import ResNet50
    from kcore.applications.resnet50 import ResNet50 as FromFamily
    from kcore.applications.resnet50 import preprocess_input

    assert ResNet50 is FromFamily
    assert preprocess_input(3) == 3


def test_preprocessing(installed: Catalogue) -> None:
    from kcore.preprocessing import image, sequence, text
    from kcore.preprocessing.image import load_img
    from kcore.preprocessing.sequence import pad_sequences
    from kcore.preprocessing.text import Tokenizer

    provided = vars(sys.modules["f_text"])
    for thing in (load_img, pad_sequences, Tokenizer):
        assert provided[thing.__name__] is thing
    assert image is kcore.preprocessing.image
    assert "pad_sequences" not in dir(text)
    assert sequence.__name__ == "kcore.preprocessing.sequence"


def test_dir_lists_what_is_installed_and_imports_nothing(installed: Catalogue) -> None:
    assert {"Dense", "Gated", "Layer", "Input", "InputLayer", "InputSpec"} <= set(dir(kcore.layers))
    assert "Tokenizer" in dir(kcore.preprocessing.text)
    assert {"image", "sequence", "text"} <= set(dir(kcore.preprocessing))
    assert not [name for name in sys.modules if name.startswith("f_")]


def test_a_star_import_takes_our_names_only(installed: Catalogue) -> None:
    own = {"Layer", "Input", "InputLayer", "InputSpec", "deserialize", "serialize"}
    assert set(kcore.layers.__all__) == {"Dense", *own}
    names: dict[str, Any] = {}
    exec("from kcore.datasets import *", names)
    assert names["mnist"].load_data() == "digits"


def test_unknown_names(installed: Catalogue) -> None:
    with pytest.raises(AttributeError) as caught:
        _ = kcore.layers.Dens
    for fact in ("kcore.layers", "'Dens'", "'Dense'"):
        assert fact in str(caught.value)
    with pytest.raises(ImportError, match="Dens"):
        exec("from kcore.layers import Dens")
    with pytest.raises(ModuleNotFoundError, match=r"kcore\.datasets\.mnits"):
        importlib.import_module("kcore.datasets.mnits")
    assert importlib.util.find_spec("kcore.datasets.mnits") is None


def test_functions_are_no_submodules(installed: Catalogue) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("kcore.applications.ResNet50")


@pytest.mark.parametrize("name", ["__wrapped__", "__path_hook__", "_private"])
def test_private_names_are_plain_attribute_errors(installed: Catalogue, name: str) -> None:
    assert not hasattr(kcore.layers, name)
    assert "klayers_table" not in sys.modules


@pytest.mark.parametrize(
    ("statement", "package"),
    [
        ("from kcore.layers import Conv2D", "klayers"),
        ("from kcore.applications import ResNet50", "kapps"),
        ("from kcore.applications.resnet50 import preprocess_input", "kapps"),
        ("from kcore.datasets import mnist", "kdatasets"),
        ("from kcore.datasets.mnist import load_data", "kdatasets"),
        ("from kcore.preprocessing.text import Tokenizer", "kpreprocess"),
        ("from kcore.preprocessing.sequence import pad_sequences", "kpreprocess"),
        ("from kcore.preprocessing.image import ImageDataGenerator", "kpreprocess"),
    ],
)
def test_a_missing_package_is_named(catalogue_of: Catalogue, statement: str, package: str) -> None:
    with pytest.raises(MissingPackageError, match=f"pip install {package}"):
        exec(statement)


def test_a_broken_component_raises_its_own_error(installed: Catalogue) -> None:
    with pytest.raises(BrokenPluginError, match="f_nowhere"):
        _ = kcore.layers.Broken


def test_a_clash_is_an_attribute_error(plugin_folder: Any, catalogue_of: Catalogue) -> None:
    for name in ("one", "two"):
        plugin_folder.add_rows(name, ("layer", "Same", f"{name}_table:hookimpl"))
    with pytest.raises(AttributeError, match="one/Same") as caught:
        _ = kcore.layers.Same
    assert "two/Same" in str(caught.value)


def test_objects_of_this_process_do_not_show(installed: Catalogue) -> None:
    installed.register("layer", "Mine", int)
    with installed.scope({"Dense": int}):
        assert kcore.layers.Dense is not int
        assert not hasattr(kcore.layers, "Mine")
