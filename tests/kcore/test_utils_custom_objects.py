"""Objects of the user's own by name, and any object as plain data and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import kcore
from kcore import utils
from kcore.errors import ComponentNotFoundError, ConfigurationError
from kcore.plugins.catalogue import catalogue


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    before = dict(utils.get_custom_objects())
    utils.get_custom_objects().clear()
    yield
    utils.get_custom_objects().clear()
    utils.get_custom_objects().update(before)  # what other tests of this process registered


class Doubling(kcore.Layer):
    def call(self, inputs: Any) -> Any:
        return 2 * inputs


def doubled(x: Any) -> Any:
    return 2 * x


def test_the_decorator_registers_under_every_kind() -> None:
    assert utils.register_keras_serializable(package="mylab")(Doubling) is Doubling
    for kind in ("layer", "loss"):
        assert catalogue().load(kind, "mylab/Doubling") is Doubling
    assert utils.get_custom_objects()["mylab>Doubling"] is Doubling
    data = utils.serialize_keras_object(Doubling(name="twice"))
    assert data["registered_name"] == "mylab>Doubling"
    restored = utils.deserialize_keras_object(json.loads(json.dumps(data)))
    assert type(restored) is Doubling and restored.name == "twice"


def test_the_decorator_takes_a_name_and_refuses_what_files_cannot_hold() -> None:
    utils.register_keras_serializable(name="twice")(doubled)
    assert catalogue().load("activation", "Custom/twice") is doubled
    with pytest.raises(ConfigurationError, match="get_config"):
        utils.register_keras_serializable()(type("Bare", (), {}))
    with pytest.raises(ConfigurationError, match="klayers"):
        utils.register_keras_serializable(package="klayers")(doubled)


def test_scopes_nest_and_end() -> None:
    with utils.CustomObjectScope({"f": doubled}, {"g": abs}):
        with utils.custom_object_scope({"f": abs}):
            assert catalogue().load("activation", "f") is abs
        assert catalogue().load("activation", "f") is doubled
        assert catalogue().load("activation", "g") is abs
    with pytest.raises(ComponentNotFoundError):
        catalogue().load("activation", "f")


def test_a_scope_ends_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), utils.custom_object_scope({"f": doubled}):
        raise ZeroDivisionError
    with pytest.raises(ComponentNotFoundError):
        catalogue().load("activation", "f")


def test_a_scope_takes_dicts_only() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        utils.CustomObjectScope([doubled])  # type: ignore[arg-type]


def test_the_dict_is_live() -> None:
    objects = utils.get_custom_objects()
    objects.update({"f": doubled, "mylab>g": abs})
    assert catalogue().load("loss", "mylab/g") is abs
    assert dict(utils.get_custom_objects()) == {"f": doubled, "mylab>g": abs}
    assert len(objects) == 2 and "f" in objects
    del objects["f"]
    assert "f" not in objects
    with pytest.raises(KeyError):
        del objects["f"]


@pytest.mark.parametrize(
    "thing",
    [
        kcore.regularizers.L2(0.5),
        kcore.initializers.HeNormal(seed=3),
        kcore.losses.MeanSquaredError(),
        kcore.optimizers.SGD(0.5),
        kcore.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5),
    ],
)
def test_components_there_and_back(thing: Any) -> None:
    data = utils.serialize_keras_object(thing)
    restored = utils.deserialize_keras_object(json.loads(json.dumps(data)))
    assert type(restored) is type(thing)
    assert restored.get_config() == thing.get_config()


def test_functions_and_containers_there_and_back() -> None:
    value = {"a": [kcore.activations.relu, 1.5, None], "b": "text"}
    data = utils.serialize_keras_object(value)
    assert data["a"][0]["class_name"] == "function"
    assert utils.deserialize_keras_object(json.loads(json.dumps(data))) == value


def test_the_form_of_keras_2() -> None:
    restored = utils.deserialize_keras_object(
        {"class_name": "Doubling", "config": {"name": "old"}}, module_objects={"Doubling": Doubling}
    )
    assert restored.name == "old"
    relu = utils.deserialize_keras_object("relu", printable_module_name="activation function")
    assert relu is kcore.activations.relu


def test_ambiguous_and_unknown_names_say_so() -> None:
    data = {"class_name": "MeanSquaredError", "config": {}}
    with pytest.raises(ConfigurationError) as caught:
        utils.deserialize_keras_object(data)
    assert "loss" in str(caught.value) and "metric" in str(caught.value)
    assert utils.deserialize_keras_object(data, kind="metric").name == "mean_squared_error"
    with pytest.raises(ComponentNotFoundError, match="Nonesuch"):
        utils.deserialize_keras_object({"class_name": "Nonesuch", "config": {}})


def test_what_cannot_be_data_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="Doubling"):
        utils.serialize_keras_object(Doubling)
    with pytest.raises(ConfigurationError, match="object"):
        utils.serialize_keras_object(object())
    with pytest.raises(ConfigurationError, match="custom_objects"):
        utils.deserialize_keras_object(None, safe_mode=False)


def test_every_name_of_utils_is_there() -> None:
    for name in utils.__all__:
        assert callable(getattr(utils, name))
    with pytest.raises(AttributeError, match="to_categorial"):
        utils.to_categorial  # noqa: B018


def test_set_random_seed() -> None:
    utils.set_random_seed(4)
    first = kcore.random.next_seed()
    utils.set_random_seed(4)
    assert kcore.random.next_seed() == first
