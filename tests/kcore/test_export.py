"""Export as a SavedModel: runs without our packages, and is compared before it is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_layers import Linear, numbers, two_by_two

from kcore import Input, Sequential
from kcore.errors import ConfigurationError, NotBuiltError, SaveError

_RUN = """
import sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
given = np.load(sys.argv[2])
found = model.signatures["serving_default"](**{k: tf.constant(given[k]) for k in given.files})
assert not {"kcore", "klayers"} & set(sys.modules)
np.savez(sys.argv[3], **{k: v.numpy() for k, v in found.items()})
"""


def test_an_export_runs_without_our_packages(tmp_path: Path) -> None:
    model = two_by_two()
    model.export(tmp_path / "exported")
    x = {"left": numbers(5, 2), "right": numbers(5, 3)}
    np.savez(tmp_path / "x.npz", **x)
    paths = [str(tmp_path / name) for name in ("exported", "x.npz", "y.npz")]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *paths], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = np.load(tmp_path / "y.npz")
    expected = dict(zip(model.output_names, model.predict(x), strict=True))
    assert set(found.files) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-6)


def test_an_export_replaces_another_and_nothing_else(tmp_path: Path) -> None:
    model = Sequential([Input((3,)), Linear(2)])
    for _ in range(2):
        model.export(tmp_path / "exported")
    assert [p.name for p in tmp_path.iterdir()] == ["exported"]
    other = tmp_path / "precious"
    other.mkdir()
    with pytest.raises(SaveError, match="precious"):
        model.export(other)
    with pytest.raises(SaveError, match="nowhere"):
        model.export(tmp_path / "nowhere" / "exported")
    with pytest.raises(ConfigurationError, match="onnx"):
        model.export(tmp_path / "exported", format="onnx")
    with pytest.raises(NotBuiltError, match="Input"):
        Sequential([Linear(2)]).export(tmp_path / "exported")


def test_an_export_that_computes_something_else_is_not_written(tmp_path: Path) -> None:
    class Counting(Linear):
        """Gives other numbers at each call, by what is no weight."""

        calls = 0

        def call(self, inputs: Any) -> Any:
            self.calls += 1
            return super().call(inputs) + float(self.calls)

    model = Sequential([Input((3,)), Counting(2)])
    with pytest.raises(SaveError, match="other numbers"):
        model.export(tmp_path / "exported")
    assert not list(tmp_path.iterdir())
