"""Tests of the layer as its users meet it: by name, alone, in a model, in a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kcore_gated import checks

import kcore
from kcore.layers import Gated, Input
from kcore.testing import check_plugin, conformance


@conformance(checks.gated())
def test_the_layer(check: Any) -> None:
    assert check.says


@conformance(check_plugin("kcore_gated"))
def test_the_plugin(check: Any) -> None:
    assert check.says


def expected(x: np.ndarray, weights: list[np.ndarray], activation: str | None) -> np.ndarray:
    kernel, bias, gate_kernel, gate_bias = weights
    outputs = x @ kernel + bias
    if activation == "tanh":
        outputs = np.tanh(outputs)
    return outputs / (1.0 + np.exp(-(x @ gate_kernel + gate_bias)))


@pytest.mark.parametrize("activation", [None, "tanh"])
@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3)])
def test_the_formula(activation: str | None, shape: tuple[int, ...]) -> None:
    layer = Gated(4, activation=activation)
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    y = np.asarray(layer(x))
    assert y.shape == layer.compute_output_shape(shape) == (*shape[:-1], 4)
    np.testing.assert_allclose(
        y, expected(x, layer.get_weights(), activation), rtol=1e-5, atol=1e-6
    )


def test_weights() -> None:
    layer = Gated(4)
    layer.build((None, 3))
    shapes = [tuple(weight.shape) for weight in layer.get_weights()]
    assert shapes == [(3, 4), (4,), (3, 4), (4,)]
    assert layer.count_params() == 32


def test_configuration_round_trip() -> None:
    config = Gated(4, activation="tanh", name="gate").get_config()
    assert Gated.from_config(config).get_config() == config


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "4"])
def test_units_that_cannot_be(units: object) -> None:
    with pytest.raises(ValueError, match="units") as caught:
        Gated(units)
    assert repr(units) in str(caught.value)


def test_rank_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="gate"):
        Gated(4, name="gate")(np.zeros(3, "float32"))


def test_it_learns_and_comes_back_from_a_file(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(64, 3)).astype("float32")
    y = (x[:, :1] * x[:, 1:2]).astype("float32")
    model = kcore.Sequential([Input((3,)), Gated(8), Gated(1)])
    model.compile(optimizer="adam", loss="mse")
    history = model.fit(x, y, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    file, data = tmp_path / "gated.h5", tmp_path / "data.npz"
    model.save(str(file))
    np.savez(data, x=x, y=model.predict(x, verbose=0))
    # A new process that does not import this package finds the layer by what the file says.
    code = (
        "import sys, numpy, kcore\n"
        "data = numpy.load(sys.argv[2])\n"
        "model = kcore.models.load_model(sys.argv[1])\n"
        "numpy.testing.assert_allclose(model.predict(data['x'], verbose=0), data['y'], rtol=1e-6)\n"
    )
    command = [sys.executable, "-c", code, str(file), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
