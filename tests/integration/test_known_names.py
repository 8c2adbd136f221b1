"""What kcore says of packages that are not installed, held against the packages."""

from __future__ import annotations

import importlib

import pytest

import kcore.layers
import kcore.utils
import klayers
import kpreprocess.image
from kcore.plugins import known


@pytest.mark.parametrize("package", ["klayers", "kapps", "kdatasets", "kpreprocess"])
def test_every_name_of_our_packages_is_known_without_them(package: str) -> None:
    table = importlib.import_module(f"{package}.plugin").kcore_components()
    kinds = known.kinds()
    wanted = [(row[0], row[1]) for row in table if row[0] in kinds]
    assert wanted
    assert [row for row in wanted if known.provider(*row) != package] == []


def test_functions_of_layers_stand_beside_the_layers() -> None:
    for name in ("add", "average", "concatenate", "dot", "maximum", "minimum", "multiply"):
        assert getattr(kcore.layers, name) is getattr(klayers, name)
        assert name in dir(kcore.layers)


def test_layers_serialize_and_deserialize() -> None:
    data = kcore.layers.serialize(klayers.Dense(3, activation="relu", name="head"))
    again = kcore.layers.deserialize(data)
    assert (type(again), again.units, again.name) == (klayers.Dense, 3, "head")

    class Own(klayers.Dense):
        pass

    own = kcore.layers.deserialize(
        {"class_name": "Own", "config": {"units": 2}}, custom_objects={"Own": Own}
    )
    assert type(own) is Own


def test_pictures_are_read_by_the_names_that_utils_has_in_keras() -> None:
    for name in ("array_to_img", "img_to_array", "load_img", "save_img"):
        assert getattr(kcore.utils, name) is getattr(kpreprocess.image, name)
