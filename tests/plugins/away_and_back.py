"""The life of a file whose plugin goes away and comes back; nox runs each step by itself.

python tests/plugins/away_and_back.py save FOLDER       with the plugin kcore-crf
python tests/plugins/away_and_back.py missing FOLDER    after it was uninstalled
python tests/plugins/away_and_back.py load FOLDER       after it was installed again
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import kcore
from kcore.errors import MissingPackageError

SUFFIXES = ("h5", "keras")
X = np.linspace(-1, 1, 2 * 4 * 5).reshape(2, 4, 5).astype("float32")


def save(folder: Path) -> None:
    """Writes a model with the plugin's layer, and what it gives."""
    folder.mkdir(parents=True, exist_ok=True)
    model = kcore.Sequential([kcore.Input((4, 5)), kcore.layers.CRF(3)])
    np.save(folder / "outputs.npy", model.predict(X, verbose=0))
    for suffix in SUFFIXES:
        model.save(folder / f"crf.{suffix}")


def missing(folder: Path) -> None:
    """Loading is one error that names the class and says what to install."""
    for suffix in SUFFIXES:
        with pytest.raises(MissingPackageError) as caught:
            kcore.models.load_model(folder / f"crf.{suffix}")
        for fact in ("kcore_crf/CRF", "pip install kcore-crf", f"crf.{suffix}"):
            assert fact in str(caught.value)


def load(folder: Path) -> None:
    """The files give what they gave."""
    outputs = np.load(folder / "outputs.npy")
    for suffix in SUFFIXES:
        model = kcore.models.load_model(folder / f"crf.{suffix}")
        np.testing.assert_array_equal(model.predict(X, verbose=0), outputs)


if __name__ == "__main__":
    {"save": save, "missing": missing, "load": load}[sys.argv[1]](Path(sys.argv[2]))
