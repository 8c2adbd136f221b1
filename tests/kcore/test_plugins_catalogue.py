from __future__ import annotations

import sys
import threading
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcore.errors import (
    BrokenPluginError,
    ComponentClashError,
    ComponentNotFoundError,
    ConfigurationError,
    MissingPackageError,
)
from kcore.plugins import custom, known
from kcore.plugins.catalogue import Catalogue, catalogue
from kcore.plugins.host import Host
from kcore.plugins.records import OURS


@pytest.fixture
def shop(plugin_folder: Any) -> Catalogue:
    """A catalogue with klayers and two strangers, `gated` and `fancy`, all made up."""
    plugin_folder.add_rows(
        "klayers",
        ("layer", "Dense", "fake_klayers:Dense"),
        ("layer", "NewName", "fake_klayers:NewName", {"aliases": ("OldName",)}),
        fake_klayers="class Dense: ...\nclass NewName: ...",
    )
    for name in ("gated", "fancy"):
        plugin_folder.add_rows(
            name,
            ("layer", "Dense", f"{name}_layers:Dense"),
            ("layer", "Gated", f"{name}_layers:Gated"),
            ("loss", name, f"{name}_layers:loss"),
            ("dataset", f"{name}_data", f"{name}_layers"),
            distribution=f"kcore-{name}",
            version="1.2",
            **{f"{name}_layers": "class Dense: ...\nclass Gated: ...\ndef loss(): ..."},
        )
    return Catalogue(Host(plugin_folder.path))


# From names to components


def test_by_identity_only_that_plugin_is_read(shop: Catalogue) -> None:
    assert shop.find("layer", "klayers/Dense").identity == "klayers/Dense"
    assert "klayers_table" in sys.modules
    assert "gated_table" not in sys.modules
    assert "fake_klayers" not in sys.modules
    states = {record.name: record.state for record in shop.host.records()}
    assert (states["klayers"], states["gated"]) == ("enabled", "found")


def test_short_names_of_ours_win_and_strangers_keep_their_identity(shop: Catalogue) -> None:
    assert shop.find("layer", "Dense").identity == "klayers/Dense"
    assert "gated_table" not in sys.modules
    assert shop.load("layer", "gated/Dense") is sys.modules["gated_layers"].Dense


def test_a_clash_between_strangers_names_both(shop: Catalogue) -> None:
    with pytest.raises(ComponentClashError) as caught:
        shop.find("layer", "Gated")
    for fact in ("Gated", "gated/Gated", "kcore-gated 1.2", "fancy/Gated", "kcore-fancy 1.2"):
        assert fact in str(caught.value)
    assert shop.load("layer", "fancy/Gated") is not shop.load("layer", "gated/Gated")


def test_a_module_can_be_a_component(shop: Catalogue) -> None:
    assert shop.load("dataset", "gated_data") is sys.modules["gated_layers"]
    assert shop.identity_of(sys.modules["gated_layers"]) == "gated/gated_data"


def test_load_returns_the_same_object(shop: Catalogue) -> None:
    assert shop.load("loss", "gated") is shop.load("loss", "gated/gated")


def test_former_names_warn_once(shop: Catalogue) -> None:
    with pytest.warns(FutureWarning, match=r"'OldName'.*'klayers/NewName'"):
        assert shop.find("layer", "OldName").name == "NewName"
    with pytest.warns(FutureWarning, match="klayers/OldName"):
        shop.find("layer", "klayers/OldName")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert shop.find("layer", "OldName") is shop.find("layer", "NewName")
        shop.find("layer", "klayers/OldName")


def test_a_component_that_moved_to_another_package(plugin_folder: Any) -> None:
    plugin_folder.add_rows(
        "heir", ("layer", "Crf", "heir_table:hookimpl", {"aliases": ("gone/CRF",)})
    )
    moved = Catalogue(Host(plugin_folder.path))
    with pytest.warns(FutureWarning, match=r"'gone/CRF'.*'heir/Crf'"):
        assert moved.find("layer", "gone/CRF").identity == "heir/Crf"


def test_names_kinds_and_components(shop: Catalogue) -> None:
    assert shop.names("layer") == ("Dense", "Gated", "InputLayer", "NewName")
    assert {"layer", "loss", "dataset"} <= set(shop.kinds())
    identities = [component.identity for component in shop.components("layer")]
    assert identities[:2] == ["kcore/InputLayer", "klayers/Dense"]
    assert len(identities) == 7


# When there is nothing


def test_unknown_names_propose_the_nearest(shop: Catalogue) -> None:
    with pytest.raises(ComponentNotFoundError) as caught:
        shop.find("layer", "Gatd")
    assert "'Gatd'" in str(caught.value)
    assert "'Gated'" in str(caught.value)


def test_a_name_of_another_kind_is_pointed_out(shop: Catalogue) -> None:
    with pytest.raises(ComponentNotFoundError, match=r"'gated/gated', of kind 'loss'"):
        shop.find("layer", "gated")


@given(st.sampled_from(["layer", "application", "dataset", "preprocessor"]), st.data())
def test_names_of_missing_packages_say_what_to_install(kind: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(known.known_names(kind)))
    package = known.provider(kind, name)
    assert package in OURS
    nothing = Catalogue(Host(path=[]))
    for spelling in (name, f"{package}/{name}"):
        with pytest.raises(MissingPackageError) as caught:
            nothing.find(kind, spelling)
        assert f"pip install {package}" in str(caught.value)
        assert name in str(caught.value)


def test_an_identity_of_a_missing_stranger() -> None:
    with pytest.raises(MissingPackageError, match=r"'crf/CRF'.*'crf'.*not installed"):
        Catalogue(Host(path=[])).find("layer", "crf/CRF")


def test_a_stranger_cannot_fill_in_for_a_missing_package_of_ours(plugin_folder: Any) -> None:
    plugin_folder.add_rows("fake", ("layer", "Conv2D", "fake_table:hookimpl"))
    with pytest.raises(MissingPackageError, match="pip install klayers"):
        Catalogue(Host(plugin_folder.path)).find("layer", "Conv2D")


def test_a_broken_package_of_ours_says_so(plugin_folder: Any) -> None:
    plugin_folder.add("klayers", "raise OSError('no such kernel')", version="9.9")
    with pytest.raises(BrokenPluginError, match="no such kernel") as caught:
        Catalogue(Host(plugin_folder.path)).find("layer", "Dense")
    assert "klayers 9.9" in str(caught.value)


def test_installing_later_mends_a_failed_lookup(plugin_folder: Any) -> None:
    shop = Catalogue(Host(plugin_folder.path))
    with pytest.raises(MissingPackageError):
        shop.find("layer", "late/Late")
    plugin_folder.add_rows("late", ("layer", "Late", "late_table:hookimpl"))
    assert shop.find("layer", "Late").identity == "late/Late"


# From objects to names


def test_identity_of_classes_functions_and_instances(shop: Catalogue) -> None:
    gated: Any = shop.load("layer", "gated/Gated")
    assert shop.identity_of(gated) == "gated/Gated"
    assert shop.identity_of(gated()) == "gated/Gated"
    assert shop.identity_of(shop.load("loss", "fancy")) == "fancy/fancy"
    assert shop.identity_of(int) is None
    assert shop.identity_of(3.5) is None


def test_identity_through_a_re_export(plugin_folder: Any) -> None:
    plugin_folder.add_rows(
        "public",
        ("layer", "Public", "public_face:Public"),
        public_face="from public_inner import Public",
        public_inner="class Public: ...\nclass Other: ...",
    )
    shop = Catalogue(Host(plugin_folder.path))
    import public_face
    import public_inner

    assert shop.identity_of(public_face.Public) == "public/Public"
    assert shop.identity_of(public_inner.Other) is None


def test_looking_up_an_identity_imports_no_component(shop: Catalogue) -> None:
    assert shop.identity_of(dict) is None
    assert "gated_layers" not in sys.modules
    assert "fake_klayers" not in sys.modules


# Objects of this process


class Mine:
    pass


@given(st.from_regex(r"[A-Za-z]\w{0,12}", fullmatch=True))
def test_registered_objects_come_back(name: str) -> None:
    shop = Catalogue(Host(path=[]))
    component = shop.register("layer", name, Mine, package="mylab")
    assert component.identity == f"mylab/{name}"
    assert shop.identity_of(Mine) == f"mylab/{name}"
    assert shop.load("layer", f"mylab/{name}") is Mine
    if known.provider("layer", name) is None:
        assert shop.load("layer", name) is Mine
    shop.unregister("layer", name, package="mylab")
    assert shop.identity_of(Mine) is None


def test_registered_names_do_not_replace_ours(shop: Catalogue) -> None:
    shop.register("layer", "Dense", Mine)
    assert shop.find("layer", "Dense").identity == "klayers/Dense"
    assert shop.load("layer", "custom/Dense") is Mine


def test_registered_under_every_kind(shop: Catalogue) -> None:
    shop.register(custom.ANY_KIND, "Mine", Mine)
    assert shop.load("layer", "Mine") is shop.load("loss", "custom/Mine") is Mine


@pytest.mark.parametrize(
    ("name", "package"), [("A/B", "lab"), ("", "lab"), ("A", ""), ("A", "kcore")]
)
def test_names_that_cannot_be_registered(name: str, package: str) -> None:
    with pytest.raises(ConfigurationError, match=repr(package)):
        Catalogue(Host(path=[])).register("layer", name, Mine, package=package)


def test_a_scope_comes_first_and_ends(shop: Catalogue) -> None:
    with shop.scope({"Dense": Mine}):
        assert shop.find("layer", "Dense").identity == "custom/Dense"
        assert shop.load("loss", "custom/Dense") is Mine
        assert shop.identity_of(Mine) == "custom/Dense"
        assert shop.installed("layer", "Dense").identity == "klayers/Dense"
        assert shop.find("layer", "klayers/Dense").identity == "klayers/Dense"
        with shop.scope({"Inner": int}):
            assert shop.load("layer", "Inner") is int
            assert shop.load("layer", "Dense") is Mine
    assert shop.find("layer", "Dense").identity == "klayers/Dense"
    assert shop.identity_of(Mine) is None


def test_a_scope_is_not_seen_by_other_threads(shop: Catalogue) -> None:
    seen: list[str] = []
    with shop.scope({"Dense": Mine}):
        thread = threading.Thread(target=lambda: seen.append(shop.find("layer", "Dense").identity))
        thread.start()
        thread.join()
    assert seen == ["klayers/Dense"]


# What kcore itself ships


def test_every_name_of_kcore_leads_somewhere() -> None:
    shop = catalogue()
    record = shop.host.enable("kcore")
    assert record is not None
    assert record.state in ("enabled", "imported")
    for component in record.components:
        assert shop.load_component(component) is not None, component
