"""Files of ours notice every change, whether read by their seal or array by array."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from small_layers import Linear

import kcore
from kcore.errors import LoadError
from kcore.models import load_model
from kcore.saving import checksums, hdf5

SUFFIXES = ("h5", "keras", "weights.h5")


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kcore.utils.get_custom_objects(), "Linear", Linear)


def _model(seed: int) -> Any:
    model = kcore.Sequential([kcore.Input((3,)), Linear(400), Linear(60), Linear(2)])
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def _save(model: Any, path: Path) -> None:
    (model.save_weights if path.name.endswith(".weights.h5") else model.save)(path)


def _load(path: Path) -> Any:
    if path.name.endswith(".weights.h5"):
        model = _model(9)
        model.load_weights(path)
        return model
    return load_model(path)


def test_a_sum_sees_changed_moved_and_missing_bytes() -> None:
    data = np.random.default_rng(0).integers(0, 256, 300_001).astype("uint8")
    whole = checksums.checksum(data)
    pieces = checksums.Sum(data.size)
    for start in (204_800, 0):  # in any order
        pieces.add(start, data[start : start + 204_800])
    assert pieces.value() == whole
    seen = {whole, checksums.checksum(data[:-1]), checksums.checksum(np.append(data, 0))}
    for place in range(0, data.size, 37_501):
        changed = data.copy()
        changed[place] ^= 1 << (place % 8)
        seen.add(checksums.checksum(changed))
    rows = data[: 4096 * 73].reshape(73, 4096)
    seen.add(checksums.checksum(np.concatenate([rows[::-1].reshape(-1), data[4096 * 73 :]])))
    seen.add(checksums.checksum(np.roll(data, 8)))
    assert len(seen) == 3 + len(range(0, data.size, 37_501)) + 2
    assert checksums.checksum(data[:100]) == zlib.crc32(data[:100].tobytes())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_changed_byte_is_noticed(suffix: str, tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / f"model.{suffix}"
    _save(model, path)
    content, other = path.read_bytes(), tmp_path / f"changed.{suffix}"
    places = range(0, len(content), len(content) // 300)
    unnoticed, nameless = [], 0
    for number, place in enumerate(places):
        changed = bytearray(content)
        changed[place] ^= 1 << (number % 8)
        other.write_bytes(changed)
        try:
            loaded = _load(other)
        except LoadError as error:
            nameless += other.name not in str(error)
            continue
        unnoticed.append(place)
        for got, wanted in zip(loaded.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(got, wanted)
    assert nameless == 0
    assert len(unnoticed) <= 2  # what no reader of archives looks at


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_changed_array_is_named_with_its_place(suffix: str, tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / f"model.{suffix}"
    _save(model, path)
    content = bytearray(path.read_bytes())
    start = content.index(np.asarray(model.get_weights()[0]).tobytes())
    content[start + 100] ^= 4
    path.write_bytes(content)
    with pytest.raises(LoadError, match=f"{path.name}.*damaged.*bytes from [0-9]+"):
        _load(path)


def test_a_file_that_another_program_opened_is_read_array_by_array(tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / "model.h5"
    _save(model, path)
    with hdf5.reading(path, "file") as source:
        assert source.seal is not None
    with h5py.File(path, "r+") as file:
        file.attrs["labels"] = ["cat", "dog"]
    with hdf5.reading(path, "file") as source:
        assert source.seal is None
    for got, wanted in zip(_load(path).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)
    with h5py.File(path, "r+") as file:
        found: list[Any] = []
        file.visititems(lambda _, item: found.append(item))
        data = next(item for item in found if isinstance(item, h5py.Dataset))
        data[...] = data[...] + 1
        name = data.name
    with pytest.raises(LoadError, match=f"{name}.*wrong checksum"):
        _load(path)


def test_files_of_others_are_read_past_the_library_with_equal_numbers(tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / "model.weights.h5"
    _save(model, path)
    other = tmp_path / "other.weights.h5"
    kinds = (">f4", "<f8", "<f2", "<f4")
    with h5py.File(path) as source, h5py.File(other, "w") as file:
        arrays: list[tuple[str, Any]] = []
        source.visititems(
            lambda n, d: arrays.append((n, d[...])) if isinstance(d, h5py.Dataset) else None
        )
        for number, (name, array) in enumerate(arrays):
            options = {"compression": "gzip"} if number % 3 == 2 else {}
            file.create_dataset(name, data=array.astype(kinds[number % 4]), **options)
    loaded = _load(other)
    for got, wanted in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-3)


def test_peers_read_what_stands_before_the_seal(tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / "model.weights.h5"
    _save(model, path)
    with h5py.File(path) as file:
        found: list[Any] = []
        file.visititems(lambda _, d: found.append(d[...]) if isinstance(d, h5py.Dataset) else None)
    assert sorted(a.shape for a in found) == sorted(w.shape for w in model.get_weights())
    assert sum(float(a.sum()) for a in found) == pytest.approx(
        sum(float(w.sum()) for w in model.get_weights()), rel=1e-4
    )


@pytest.mark.parametrize("suffix", ["h5", "weights.h5"])
def test_a_file_that_was_cut_at_its_seal_is_refused(suffix: str, tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / f"model.{suffix}"
    _save(model, path)
    content = path.read_bytes()
    with h5py.File(path) as file:
        size, _ = (int(v) for v in file.attrs["kcore_seal"])
    assert 0 < size < len(content)
    path.write_bytes(content[:size])
    with pytest.raises(LoadError) as caught:
        _load(path)
    for fact in (str(path), f"behind byte {size}", "cut", "kcore_seal", "del file.attrs"):
        assert fact in str(caught.value)
    exec(str(caught.value).rpartition("from it: ")[2].rstrip("."), {"h5py": h5py})
    for got, wanted in zip(_load(path).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("change", ["an attribute", "another value", "a group", "an array"])
def test_a_file_that_another_program_changed_needs_no_seal(change: str, tmp_path: Path) -> None:
    model, path = _model(0), tmp_path / "model.h5"
    _save(model, path)
    with h5py.File(path, "r+") as file:
        if change == "an attribute":
            file.attrs["label"] = 7
        elif change == "another value":
            file.attrs.modify("kcore_seal", file.attrs["kcore_seal"] + np.uint64(0))
            file["model_weights"].attrs.modify("backend", "tensorflow")
        elif change == "a group":
            file.create_group("notes")
        else:
            file["notes"] = np.ones(3)
    with h5py.File(path) as file:
        assert "kcore_seal" in file.attrs
    for got, wanted in zip(_load(path).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)
