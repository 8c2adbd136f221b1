"""A subclassed model of tf_keras, read with the class that stands for it here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras
from twins import numbers

import kcore

X = numbers(5, 3)


def network(k: Any) -> Any:
    """The class of the same model on the layers of a framework."""

    class Network(k.Model):  # type: ignore[misc]
        def __init__(self, units: int = 4, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.first = k.layers.Dense(units, activation="relu")
            self.norm = k.layers.BatchNormalization()
            self.blocks = [k.layers.Dense(3), k.layers.Dense(2)]

        def call(self, inputs: Any, training: Any = None) -> Any:
            x = self.norm(self.first(inputs), training=training)
            for block in self.blocks:
                x = block(x)
            return x

        def get_config(self) -> Any:
            return {**super().get_config(), "units": self.units}

    return Network


@pytest.mark.parametrize("trained", [False, True])
def test_a_subclassed_model_of_tf_keras(trained: bool, tmp_path: Path) -> None:
    theirs = network(tf_keras)(units=6, name="net")
    theirs(X)
    if trained:
        theirs.compile("adam", "mse")
        theirs.fit(X, numbers(5, 2), verbose=0)
    expected = theirs.predict(X, verbose=0)
    theirs.save(str(tmp_path / "model.keras"))
    own = network(kcore)
    ours = kcore.models.load_model(tmp_path / "model.keras", custom_objects={"Network": own})
    assert ours.units == 6 and ours.compiled == trained
    np.testing.assert_allclose(ours.predict(X, verbose=0), expected, rtol=1e-5, atol=1e-6)
    for name in ("model.weights.h5", "model.h5"):
        theirs.save_weights(str(tmp_path / name))
        fresh = own(units=6)
        fresh(X)
        assert fresh.load_weights(tmp_path / name).complete
        np.testing.assert_allclose(fresh.predict(X, verbose=0), expected, rtol=1e-5, atol=1e-6)
