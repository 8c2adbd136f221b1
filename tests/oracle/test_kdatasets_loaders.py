"""Loaders give what keras.datasets gives for the same files."""

from __future__ import annotations

import io
import pickle
import tarfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kdatasets import boston_housing, california_housing, cifar100, imdb, reuters

pytest.importorskip("keras")
DRAW = np.random.default_rng(4)


def same(ours: Any, theirs: Any) -> None:
    """Both splits equal in shape, type and content."""
    for one, other in zip(ours, theirs, strict=True):
        for a, b in zip(one, other, strict=True):
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            assert a.tolist() == b.tolist()


def theirs(name: str, monkeypatch: pytest.MonkeyPatch, path: Path) -> Any:
    """Keras' loader, reading our file instead of fetching its own."""
    module = import_module(f"keras.src.datasets.{name}")
    monkeypatch.setattr(module, "get_file", lambda *_, **__: str(path))
    return module


def texts(count: int) -> Any:
    array = np.empty(count, dtype=object)
    array[:] = [DRAW.integers(1, 60, DRAW.integers(1, 15)).tolist() for _ in range(count)]
    return array


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"num_words": 20},
        {"num_words": 30, "skip_top": 5, "oov_char": None},
        {"maxlen": 8, "seed": 7},
        {"start_char": None, "index_from": 0},
        {"start_char": None, "index_from": 2, "maxlen": 9},
    ],
)
def test_lists_of_words(
    arguments: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "imdb.npz"
    x, y = texts(60), DRAW.integers(0, 2, 60)
    np.savez(path, x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:])
    peer = theirs("imdb", monkeypatch, path)
    same(imdb.load_data(path, **arguments), peer.load_data(**arguments))
    path = tmp_path / "reuters.npz"
    np.savez(path, x=x, y=y)
    peer = theirs("reuters", monkeypatch, path)
    for split in (0.2, 0.5):
        same(
            reuters.load_data(path, test_split=split, **arguments),
            peer.load_data(test_split=split, **arguments),
        )


def test_label_names() -> None:
    peer = import_module("keras.src.datasets.reuters")
    assert reuters.get_label_names() == tuple(peer.get_label_names())


def test_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.npz"
    np.savez(path, x=DRAW.normal(size=(900, 8)), y=DRAW.normal(size=900))
    peer = theirs("california_housing", monkeypatch, path)
    for version in ("small", "large"):
        same(
            california_housing.load_data(version, path, 0.3, seed=5),
            peer.load_data(version, test_split=0.3, seed=5),
        )
    (x, y), _ = boston_housing.load_data(test_split=0)
    np.savez(path, x=x, y=y)
    peer = theirs("boston_housing", monkeypatch, path)
    same(boston_housing.load_data(path, 0.25, 3), peer.load_data(test_split=0.25, seed=3))


def test_cifar100(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "c.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, count in (("train", 50000), ("test", 10000)):
            batch = {
                b"data": np.resize(DRAW.integers(0, 256, 99991, dtype=np.uint8), (count, 3072)),
                b"fine_labels": DRAW.integers(0, 100, count).tolist(),
            }
            data = pickle.dumps(batch, protocol=3)
            entry = tarfile.TarInfo(f"cifar-100-python/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    monkeypatch.setattr(cifar100, "fetch", lambda file: archive)
    peer = theirs("cifar100", monkeypatch, tmp_path)
    for one, other in zip(cifar100.load_data(), peer.load_data(), strict=True):
        for a, b in zip(one, other, strict=True):
            assert a.dtype == np.uint8  # as Keras documents; its labels come as int64
            assert np.array_equal(a, b)
