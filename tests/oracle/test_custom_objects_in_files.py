"""Classes and functions of the user's own, written with Keras or here, are found on the other side.

Each framework has its own version of the class, under the same name.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tf_keras
from twins import numbers

import kcore

ROWS = numbers(4, 7)

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@functools.cache
def own(k: Any) -> dict[str, Any]:
    """The user's classes and functions for a framework."""

    class Scale(k.layers.Layer):
        def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, shape: Any) -> None:
            self.w = self.add_weight(name="w", shape=(shape[-1],), initializer="ones")
            self.built = True

        def call(self, x: Any) -> Any:
            return x * self.w * self.factor

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

        def get_config(self) -> Any:
            return {**super().get_config(), "factor": self.factor}

    @k.utils.register_keras_serializable(package="mine")
    class Deep(k.layers.Layer):
        def __init__(self, units: int = 3, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.zeta = k.layers.Dense(units, name="last")
            self.alpha = k.layers.Dense(units, name="first")
            self.many = [k.layers.Dense(units, name=f"inner_{i}") for i in range(2)]

        def build(self, shape: Any) -> None:
            self.alpha.build(shape)
            for layer in (*self.many, self.zeta):
                layer.build((*shape[:-1], self.units))
            self.built = True

        def call(self, x: Any) -> Any:
            for layer in (self.alpha, *self.many, self.zeta):
                x = layer(x)
            return x

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], self.units)

        def get_config(self) -> Any:
            return {**super().get_config(), "units": self.units}

    @k.utils.register_keras_serializable(package="mine")
    def squared(x: Any) -> Any:
        return x * x

    class Net(k.Model):
        def __init__(self, units: int = 3, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.zeta = k.layers.Dense(units)
            self.alpha = k.layers.Dense(units)
            self.blocks = [k.layers.Dense(units), k.layers.BatchNormalization()]
            self.table = {"x": k.layers.Dense(units)}
            self.stack = k.Sequential([k.layers.Dense(units)])
            self._last = k.layers.Dense(2)
            self.seen = k.metrics.Mean(name="seen")

        def call(self, x: Any, training: bool = False) -> Any:
            for layer in (self.alpha, self.zeta, *self.blocks, self.table["x"], self.stack):
                x = layer(x)
            return self._last(x)

        def get_config(self) -> Any:
            return {"units": self.units}

    return {"Scale": Scale, "Deep": Deep, "squared": squared, "Net": Net}


def model_of(k: Any) -> Any:
    mine = own(k)
    x = k.layers.Input((7,))
    y = k.layers.Dense(5, activation=mine["squared"])(mine["Scale"](3.0)(x))
    return k.Model(x, mine["Deep"](4)(y))


def net_of(k: Any) -> Any:
    net = own(k)["Net"](4)
    net(np.zeros((2, 7), "float32"))
    return net


def spread(model: Any) -> Any:
    values = [
        numbers(*w.shape, seed=i, low=0.1, high=0.9) for i, w in enumerate(model.get_weights())
    ]
    model.set_weights(values)
    return model


def assert_same(one: Any, other: Any) -> None:
    np.testing.assert_allclose(np.asarray(one(ROWS)), np.asarray(other(ROWS)), rtol=1e-4)


def read(k: Any, path: Path, *names: str) -> Any:
    return k.models.load_model(str(path), custom_objects={name: own(k)[name] for name in names})


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_layers_and_functions_go_both_ways(suffix: str, tmp_path: Path) -> None:
    theirs, ours = spread(model_of(keras)), spread(model_of(kcore))
    theirs.save(tmp_path / f"theirs.{suffix}")
    assert_same(read(kcore, tmp_path / f"theirs.{suffix}", "Scale"), theirs)
    ours.save(tmp_path / f"ours.{suffix}")
    assert_same(read(keras, tmp_path / f"ours.{suffix}", "Scale"), ours)
    assert_same(read(kcore, tmp_path / f"ours.{suffix}", "Scale"), ours)


def test_layers_of_tf_keras(tmp_path: Path) -> None:
    def build(k: Any) -> Any:
        x = k.layers.Input((7,))
        return k.Model(x, own(k)["Deep"](4)(own(k)["Scale"](3.0)(x)))

    theirs, ours = spread(build(tf_keras)), spread(build(kcore))
    theirs.save(str(tmp_path / "theirs.keras"))
    assert_same(read(kcore, tmp_path / "theirs.keras", "Scale"), theirs)
    ours.save(tmp_path / "ours.h5")
    assert_same(read(tf_keras, tmp_path / "ours.h5", "Scale"), ours)


def test_subclassed_models_go_both_ways(tmp_path: Path) -> None:
    theirs, ours = spread(net_of(keras)), spread(net_of(kcore))
    ours.set_weights(theirs.get_weights())
    assert_same(ours, theirs)
    theirs.save(tmp_path / "theirs.keras")
    assert_same(read(kcore, tmp_path / "theirs.keras", "Net"), theirs)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    fresh = net_of(kcore)
    fresh.load_weights(tmp_path / "theirs.weights.h5")
    assert_same(fresh, theirs)
    ours.save(tmp_path / "ours.keras")
    assert_same(read(kcore, tmp_path / "ours.keras", "Net"), ours)


def test_places_in_a_subclassed_model_are_those_of_keras(tmp_path: Path) -> None:
    def places(k: Any) -> set[str]:
        path = tmp_path / f"{k.__name__}.weights.h5"
        net_of(k).save_weights(str(path))
        found: set[str] = set()
        with h5py.File(path) as file:
            file.visititems(lambda n, o: found.add(n) if isinstance(o, h5py.Dataset) else None)
        return {name for name in found if not name.startswith("seen/")}

    assert places(kcore) == places(keras)


def test_files_of_the_first_release_with_a_subclassed_model(tmp_path: Path) -> None:
    net = spread(net_of(kcore))
    path = tmp_path / "early.weights.h5"
    with h5py.File(path, "w") as file:
        counts: dict[str, int] = {}
        for layer in net.layers:
            kind = {"Dense": "dense", "BatchNormalization": "batch_normalization"}.get(
                type(layer).__name__, "sequential"
            )
            number = counts.get(kind, 0)
            counts[kind] = number + 1
            below = "/layers/dense" if kind == "sequential" else ""
            for i, weight in enumerate(layer.get_weights()):
                place = f"layers/{kind}_{number}" if number else f"layers/{kind}"
                file[f"{place}{below}/vars/{i}"] = weight
    fresh = net_of(kcore)
    fresh.load_weights(path)
    assert_same(fresh, net)
