"""What the packages offer: facades, stubs and tables agree."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

import kapps
import kcore
import kdatasets
import klayers
import kpreprocess


def _stub_names(module: ModuleType) -> set[str]:
    """The public names of a package's stub, which editors read."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(t.id for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("module", [kcore, klayers, kapps], ids=lambda m: m.__name__)
def test_the_stub_and_the_table_name_the_same(module: ModuleType) -> None:
    public = {name for name in module.__all__ if not name.startswith("_")}
    assert _stub_names(module) == public
    for name in public:
        assert getattr(module, name) is not None


def test_facades_give_the_very_objects_of_the_packages() -> None:
    from kcore.applications import ResNet50
    from kcore.datasets import mnist
    from kcore.layers import LSTM, Dense
    from kcore.preprocessing.sequence import pad_sequences

    assert Dense is klayers.Dense
    assert LSTM is klayers.LSTM
    assert ResNet50 is kapps.ResNet50
    assert mnist is kdatasets.mnist
    assert pad_sequences is kpreprocess.pad_sequences


def test_an_ordinary_keras_script_runs_under_the_other_name() -> None:
    import numpy as np

    import kcore as keras
    from kcore import layers
    from kcore.models import Model, Sequential  # noqa: F401
    from kcore.optimizers import Adam
    from kcore.utils import to_categorical

    inputs = keras.Input(shape=(6,), name="features")
    hidden = layers.Dense(5, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-4))(
        inputs
    )
    outputs = layers.Dense(3, activation="softmax")(hidden)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=Adam(learning_rate=0.01), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    x = np.random.default_rng(0).random((40, 6))
    y = to_categorical(np.arange(40) % 3, 3)
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, validation_split=0.25)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert model.predict(x).shape == (40, 3)
