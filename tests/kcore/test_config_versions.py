"""A class whose configuration changed reads what older versions of it wrote."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from small_layers import Linear

from kcore import Input, Sequential, ops
from kcore.errors import ComponentError, ConfigurationError, LoadError
from kcore.losses import Loss
from kcore.metrics import MeanMetricWrapper
from kcore.models import load_model
from kcore.plugins.catalogue import catalogue

SUFFIXES = ("h5", "keras")


class OldScale(Linear):
    def __init__(self, units: int, factor: float, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * self.factor


class NewScale(Linear):
    """The second version gives the logarithm, the third calls it otherwise."""

    config_version = 3

    def __init__(self, units: int, log: float, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.log = log

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * float(np.exp(self.log))

    @classmethod
    def upgrade_config(cls, config: dict[str, Any], version: int) -> dict[str, Any]:
        if version < 2:
            config["power"] = float(np.log(config.pop("factor")))
        config["log"] = config.pop("power")
        return config


# the versions of a class have one name, by which `.keras` files call its weights
OldScale.__name__ = NewScale.__name__ = "Scale"


class OldLoss(Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.absolute(y_true - y_pred), axis=-1)


class NewLoss(OldLoss):
    config_version = 2

    def __init__(self, weight: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.weight * super().call(y_true, y_pred)

    @classmethod
    def upgrade_config(cls, config: dict[str, Any], version: int) -> dict[str, Any]:
        return {**config, "weight": 2.0}


@pytest.fixture
def register() -> Iterator[Callable[[str, str, Any], None]]:
    """Registers a class under a name, as a new version of a package would."""
    names: set[tuple[str, str]] = set()

    def one(kind: str, name: str, cls: Any) -> None:
        names.add((kind, name))
        catalogue().register(kind, name, cls, package="lab")

    yield one
    for kind, name in names:
        catalogue().unregister(kind, name, package="lab")


def manifest_of(path: Path) -> Any:
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as members:
            return json.loads(members.read("kcore.json"))["manifest"]
    with h5py.File(path) as file:
        return json.loads(file.attrs["kcore_manifest"])


def with_version(path: Path, key: str, version: Any) -> None:
    """Writes another config version into the manifest of an `.h5` file."""
    with h5py.File(path, "a") as file:
        manifest = json.loads(file.attrs["kcore_manifest"])
        manifest["classes"][key]["config_version"] = version
        file.attrs["kcore_manifest"] = json.dumps(manifest)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_configurations_of_older_versions_are_upgraded(
    suffix: str, tmp_path: Path, register: Callable[[str, str, Any], None]
) -> None:
    register("layer", "Scale", OldScale)
    register("loss", "Distance", OldLoss)
    # one of them in a model inside the model
    inner = Sequential([Input((3,)), OldScale(4, 2.5)])
    model = Sequential([Input((3,)), inner, OldScale(2, 0.5)])
    model.compile("sgd", loss=OldLoss())
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    assert manifest_of(path)["classes"]["layer:lab/Scale"]["config_version"] == 1
    x, y = np.ones((2, 3), "float32"), np.zeros((2, 2), "float32")
    expected, loss = model.predict(x), model.evaluate(x, y, verbose=0)

    register("layer", "Scale", NewScale)
    register("loss", "Distance", NewLoss)
    again = load_model(path)
    np.testing.assert_allclose(again.predict(x), expected, rtol=1e-6)
    np.testing.assert_allclose(again.evaluate(x, y, verbose=0), 2 * loss, rtol=1e-6)
    assert again.layers[-1].get_config()["log"] == pytest.approx(np.log(0.5))

    again.save(path)
    classes = manifest_of(path)["classes"]
    assert classes["layer:lab/Scale"]["config_version"] == 3
    assert classes["loss:lab/Distance"]["config_version"] == 2
    np.testing.assert_allclose(load_model(path).predict(x), expected, rtol=1e-6)


@pytest.fixture
def saved(tmp_path: Path, register: Callable[[str, str, Any], None]) -> Path:
    register("layer", "Scale", NewScale)
    path = tmp_path / "model.h5"
    Sequential([Input((3,)), NewScale(2, 1.0)]).save(path)
    return path


def test_the_upgrader_is_told_the_version_of_the_file(
    tmp_path: Path, register: Callable[[str, str, Any], None]
) -> None:
    class SecondScale(Linear):
        config_version = 2

        def __init__(self, units: int, power: float, **kwargs: Any) -> None:
            super().__init__(units, **kwargs)
            self.power = power

    path = tmp_path / "model.h5"
    register("layer", "Scale", SecondScale)
    Sequential([Input((3,)), SecondScale(2, 1.25)]).save(path)
    register("layer", "Scale", NewScale)
    assert load_model(path).layers[-1].log == 1.25


def test_a_class_older_than_the_file_is_an_error_with_the_cure(saved: Path) -> None:
    with_version(saved, "layer:lab/Scale", 7)
    with pytest.raises(LoadError) as caught:
        load_model(saved)
    for fact in (str(saved), "lab/Scale", "7", "3", "pip install --upgrade lab"):
        assert fact in str(caught.value)


@pytest.mark.parametrize("version", [0, -1, True, "2", None, 1.5, [1]])
def test_a_version_that_is_no_number_is_refused(saved: Path, version: Any) -> None:
    with_version(saved, "layer:lab/Scale", version)
    with pytest.raises(LoadError) as caught:
        load_model(saved)
    for fact in (str(saved), "lab/Scale", repr(version)):
        assert fact in str(caught.value)


def test_a_class_that_was_registered_and_is_no_more_is_named(
    saved: Path, register: Callable[[str, str, Any], None]
) -> None:
    catalogue().unregister("layer", "Scale", package="lab")
    with pytest.raises(ComponentError) as caught:
        load_model(saved)
    for fact in (str(saved), "Scale", "lab"):
        assert fact in str(caught.value)


def test_a_class_that_raised_its_version_and_upgrades_nothing_is_named(
    saved: Path, register: Callable[[str, str, Any], None]
) -> None:
    class Careless(OldScale):
        config_version = 4

    register("layer", "Scale", Careless)
    with pytest.raises(ConfigurationError) as caught:
        load_model(saved)
    for fact in (str(saved), "lab/Scale", "3", "4", "upgrade_config"):
        assert fact in str(caught.value)


class OldDistance(OldLoss):
    """The metric's namesake among the losses: its configuration has never changed."""


class NewDistance(MeanMetricWrapper):
    """The second version has a factor."""

    config_version = 2

    def __init__(self, factor: float = 1.0, name: str = "distance", **kwargs: Any) -> None:
        super().__init__(lambda y_true, y_pred: factor * ops.absolute(y_true - y_pred), name)
        self.factor = factor

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "name": self.name}

    @classmethod
    def upgrade_config(cls, config: dict[str, Any], version: int) -> dict[str, Any]:
        return {**config, "factor": 10.0}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_loss_and_a_metric_of_one_name_have_their_own_versions(
    suffix: str, tmp_path: Path, register: Callable[[str, str, Any], None]
) -> None:
    class FirstDistance(NewDistance):
        config_version = 1

    register("loss", "Distance", OldDistance)
    register("metric", "Distance", FirstDistance)
    model = Sequential([Input((3,)), Linear(1)])
    model.compile("sgd", loss=OldDistance(), metrics=[FirstDistance()])
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    classes = manifest_of(path)["classes"]
    assert classes["loss:lab/Distance"]["config_version"] == 1
    assert classes["metric:lab/Distance"]["config_version"] == 1

    register("metric", "Distance", NewDistance)
    x, y = np.ones((2, 3), "float32"), np.zeros((2, 1), "float32")
    again = load_model(path, custom_objects={"Linear": Linear})
    loss, distance = again.evaluate(x, y, verbose=0)
    assert distance == pytest.approx(10 * loss)


def test_a_manifest_of_format_1_is_still_read(
    tmp_path: Path, register: Callable[[str, str, Any], None]
) -> None:
    register("layer", "Scale", OldScale)
    path = tmp_path / "model.h5"
    model = Sequential([Input((3,)), OldScale(2, 0.5)])
    model.save(path)
    with h5py.File(path, "a") as file:
        manifest = json.loads(file.attrs["kcore_manifest"])
        entry = manifest["classes"]["layer:lab/Scale"]
        manifest["classes"] = {"lab/Scale": {"kind": "layer", **entry}}
        file.attrs["kcore_manifest"] = json.dumps({**manifest, "format": 1})
        del file.attrs["kcore_checksums"]
    register("layer", "Scale", NewScale)
    x = np.ones((2, 3), "float32")
    np.testing.assert_allclose(load_model(path).predict(x), model.predict(x), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        ({"format": 3}, ("format 3", "1 to 2", "pip install --upgrade kcore")),
        ({"format": "x"}, ("format 'x'", "1 to 2")),
        ({"classes": ["a"]}, ("'classes' are a dict", "['a']")),
        ({"classes": {"layer:lab/Scale": 7}}, ("'classes' are a dict", "7")),
    ],
)
def test_a_manifest_of_another_form_is_refused(
    saved: Path, change: dict[str, Any], facts: tuple[str, ...]
) -> None:
    with h5py.File(saved, "a") as file:
        manifest = json.loads(file.attrs["kcore_manifest"])
        file.attrs["kcore_manifest"] = json.dumps({**manifest, **change})
    with pytest.raises(LoadError) as caught:
        load_model(saved)
    for fact in (str(saved), "manifest", *facts):
        assert fact in str(caught.value)
