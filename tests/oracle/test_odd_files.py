"""Valid files that are stored in unusual ways: other tools, other kinds of numbers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from twins import numbers

import kcore

ROWS = numbers(4, 7)

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@pytest.fixture(scope="module")
def model() -> Any:
    layers = [keras.layers.Dense(5), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    return keras.Sequential([keras.layers.Input((7,)), *layers])


def _packed(group: Any, name: str, array: Any) -> None:
    options = {"compression": "gzip", "shuffle": True, "fletcher32": True} if array.shape else {}
    group.create_dataset(name, data=array, **options)


def _growing(group: Any, name: str, array: Any) -> None:
    options = {"maxshape": (None,) * array.ndim, "chunks": True} if array.shape else {}
    group.create_dataset(name, data=array, **options)


def _as(kind: str) -> Callable[[Any, str, Any], None]:
    return lambda group, name, array: group.create_dataset(name, data=array.astype(kind))


STORED: dict[str, Callable[[Any, str, Any], None]] = {
    "packed": _packed,
    "growing": _growing,
    "big endian": _as(">f4"),
    "float64": _as("float64"),
    "float16": _as("float16"),
}


def _rewritten(source: Path, target: Path, store: Any, version: str | None = None) -> None:
    def copy(one: Any, other: Any) -> None:
        for key, value in one.attrs.items():
            other.attrs[key] = value
        for name in one:
            if isinstance(one[name], h5py.Group):
                copy(one[name], other.create_group(name))
            else:
                store(other, name, one[name][()])

    with h5py.File(source) as old, h5py.File(target, "w", libver=version) as new:
        copy(old, new)


def assert_opens(path: Path, model: Any, tolerance: float = 1e-5) -> None:
    found = kcore.models.load_model(path).predict(ROWS, verbose=0)
    np.testing.assert_allclose(found, np.asarray(model(ROWS)), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("how", STORED)
def test_arrays_stored_in_other_ways(how: str, model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model.h5")
    _rewritten(tmp_path / "model.h5", tmp_path / "other.h5", STORED[how])
    assert_opens(tmp_path / "other.h5", model, 1e-2 if how == "float16" else 1e-5)


def test_the_latest_form_of_hdf5(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model.h5")
    _rewritten(tmp_path / "model.h5", tmp_path / "other.h5", _as("float32"), "latest")
    assert_opens(tmp_path / "other.h5", model)


class _Pipe(io.RawIOBase):
    """What cannot go back, so that sizes stand behind the members."""

    def __init__(self) -> None:
        super().__init__()
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.content += bytes(data)
        return len(data)


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("piped", [False, True])
def test_archives_of_other_tools(kind: int, piped: bool, model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model.keras")
    target = _Pipe() if piped else io.BytesIO()
    with (
        zipfile.ZipFile(tmp_path / "model.keras") as old,
        zipfile.ZipFile(target, "w", kind) as new,
    ):
        new.writestr("assets/", b"")
        new.writestr("__MACOSX/._config.json", b"of no meaning")
        for name in old.namelist():
            new.writestr(name, old.read(name))
    content = target.content if isinstance(target, _Pipe) else target.getvalue()
    (tmp_path / "other.keras").write_bytes(content)
    assert_opens(tmp_path / "other.keras", model)
