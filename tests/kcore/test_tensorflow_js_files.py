"""`model.json` of TensorFlow.js: what is read, and what is refused before anything is taken."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from small_layers import Linear, numbers

from kcore import Input, Sequential
from kcore.callbacks import ModelCheckpoint
from kcore.cli import main
from kcore.errors import ConfigurationError, LoadError, SaveError
from kcore.models import load_model
from kcore.saving import inspection

X = numbers(5, 3)


def network() -> Any:
    layers = [Linear(4, activation="tanh", name="first"), Linear(2, name="last")]
    return Sequential([Input((3,), name="in"), *layers], name="net")


def written(model: Any, folder: Path, shard: int = 50) -> Path:
    """A model as the converter of TensorFlow.js writes it, in files of few bytes."""
    weights, octets = [], b""
    for weight, array in zip(model.weights, model.get_weights(), strict=True):
        entry = {"name": weight.path, "shape": list(array.shape), "dtype": "float32"}
        weights.append(entry)
        octets += array.tobytes()
    parts = [octets[i : i + shard] for i in range(0, len(octets), shard)]
    names = [f"group1-shard{i + 1}of{len(parts)}.bin" for i in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        (folder / name).write_bytes(part)
    topology = {"keras_version": "3.0.0", "model_config": json.loads(model.to_json())}
    manifest = [{"paths": names, "weights": weights}]
    data = {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}
    path = folder / "model.json"
    path.write_text(json.dumps(data))
    return path


def read(path: Path) -> Any:
    return load_model(path, custom_objects={"Linear": Linear})


def changed(path: Path, change: Callable[[Any], Any]) -> Path:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize("shard", [1, 7, 16, 10**6])
def test_numbers_in_files_of_any_length(shard: int, tmp_path: Path) -> None:
    model = network()
    again = read(written(model, tmp_path, shard))
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    other = network()
    report = other.load_weights(tmp_path / "model.json")
    assert report.complete and len(report.loaded) == 4
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


def test_names_are_what_counts_not_their_order(tmp_path: Path) -> None:
    model = network()
    path = written(model, tmp_path)

    def turn(data: Any) -> None:
        group = data["weightsManifest"][0]
        parts = {e["name"]: a for e, a in zip(group["weights"], model.get_weights(), strict=True)}
        group["weights"].reverse()
        group["paths"] = ["all.bin"]
        octets = b"".join(parts[e["name"]].tobytes() for e in group["weights"])
        (tmp_path / "all.bin").write_bytes(octets)

    again = read(changed(path, turn))
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16"])
def test_numbers_written_with_fewer_bytes(kind: str, tmp_path: Path) -> None:
    model = network()
    path = written(model, tmp_path)
    steps = {"uint8": 255, "uint16": 65535, "float16": 4096}[kind]
    made = b""

    def pack(data: Any) -> None:
        nonlocal made
        group = data["weightsManifest"][0]
        for entry, array in zip(group["weights"], model.get_weights(), strict=True):
            least, scale = float(array.min()), float(np.ptp(array)) / steps or 1.0
            entry["quantization"] = {"dtype": kind, "original_dtype": "float32"}
            if kind == "float16":
                made += array.astype("float16").tobytes()
                continue
            entry["quantization"] |= {"min": least, "scale": scale}
            made += np.rint((array - least) / scale).astype(kind).tobytes()
        group["paths"] = ["packed.bin"]
        (tmp_path / "packed.bin").write_bytes(made)

    again = read(changed(path, pack))
    for own, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        assert own.dtype == "float32"
        np.testing.assert_allclose(own, expected, atol=2.0 / steps)


def test_state_of_an_optimizer_is_passed_over(tmp_path: Path) -> None:
    model = network()
    path = written(model, tmp_path)

    def add(data: Any) -> None:
        group = data["weightsManifest"][0]
        entry = {"name": "iter", "shape": [], "dtype": "int32", "group": "optimizer"}
        group["weights"].insert(0, entry)
        group["paths"].insert(0, "iter.bin")
        (tmp_path / "iter.bin").write_bytes(bytes(4))

    again = read(changed(path, add))
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_partial_loading_and_renaming(tmp_path: Path) -> None:
    path = written(network(), tmp_path)
    layers = [Linear(4, activation="tanh", name="first"), Linear(7, name="other")]
    model = Sequential([Input((3,)), *layers])
    before = model.get_weights()
    with pytest.raises(LoadError, match="last/kernel"):
        model.load_weights(path)
    with pytest.raises(LoadError, match=r"shape \(4, 2\).*shape \(4, 7\)"):
        model.load_weights(path, rename={"last": "other"})
    for own, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, expected)
    report = model.load_weights(path, partial=True)
    assert sorted(report.loaded) == ["first/bias", "first/kernel"]
    assert sorted(report.unexpected) == ["last/bias", "last/kernel"]
    assert sorted(report.missing) == ["other/bias", "other/kernel"]


def test_two_layers_that_a_name_may_mean_are_named(tmp_path: Path) -> None:
    path = written(network(), tmp_path)

    def blocks() -> Any:
        inner = [
            Sequential([Input((3,)), Linear(3, name="first")], name=name) for name in ("one", "two")
        ]
        return Sequential([Input((3,)), *inner])

    with pytest.raises(LoadError, match="'first/kernel' may belong to each of 2 layers"):
        blocks().load_weights(path)
    model, other = blocks(), blocks()
    exact = tmp_path / "exact"
    exact.mkdir()
    path = written(model, exact)

    def name(data: Any) -> None:
        for i, entry in enumerate(data["weightsManifest"][0]["weights"]):
            entry["name"] = f"{('one', 'two')[i // 2]}/first/{entry['name'].rpartition('/')[2]}"

    other.load_weights(changed(path, name))
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


# Refused


def at_weight(**values: Any) -> Callable[[Any], None]:
    return lambda data: data["weightsManifest"][0]["weights"][1].update(values)


def at_paths(*names: Any) -> Callable[[Any], None]:
    return lambda data: data["weightsManifest"][0].update(paths=list(names))


def packed(**values: Any) -> Callable[[Any], None]:
    return at_weight(quantization={"dtype": "uint8", "scale": 1.0, "min": 0.0, **values})


PLACE = r"weightsManifest: \[0\]: "
SECOND = PLACE + r"weights\[1\] 'first/bias': "
REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a program": (lambda d: d.update(format="graph-model"), "'layers-model'.*'graph-model'"),
    "no weights": (lambda d: d.pop("weightsManifest"), "weightsManifest: expected a list"),
    "no topology": (lambda d: d.pop("modelTopology"), "'modelTopology'.*model_from_json"),
    "names of JavaScript": (
        lambda d: d.update(modelTopology={"className": "Sequential", "config": {}}),
        "modelTopology.*'class_name'.*JavaScript",
    ),
    "no version": (lambda d: d["modelTopology"].update(keras_version=3), "keras_version.*'3.0.0'"),
    "a group that is none": (lambda d: d.update(weightsManifest=[3]), PLACE + "expected 'paths'"),
    "above": (at_paths("../group1-shard1of3.bin"), PLACE + "paths.*folder of the model.*'../gro"),
    "absolute": (at_paths("/etc/passwd"), PLACE + "paths.*folder of the model.*'/etc/passwd'"),
    "below": (at_paths("sub/one.bin"), "folder of the model"),
    "windows": (at_paths("..\\one.bin"), "folder of the model"),
    "drive": (at_paths("c:one.bin"), "folder of the model"),
    "parent": (at_paths(".."), "folder of the model"),
    "itself": (at_paths("."), "folder of the model"),
    "empty": (at_paths(""), "folder of the model"),
    "zero byte": (at_paths("a\0b"), "folder of the model"),
    "no name": (at_paths(3), "folder of the model.*3"),
    "no file": (at_paths("none.bin"), "there is no file .*none.bin"),
    "a file twice": (
        lambda d: d["weightsManifest"].append(d["weightsManifest"][0]),
        r"weightsManifest: \[1\]: paths: the file 'group1-shard1of2.bin' is named twice",
    ),
    "a weight twice": (at_weight(name="first/kernel"), r"weights\[1\] 'first/kernel': .*twice"),
    "an unnamed weight": (at_weight(name=None), r"weights\[1\] 'None': expected an entry with a"),
    "more": (at_weight(shape=[5]), PLACE + "the weights take 108 bytes; the files .* hold 104"),
    "less": (at_weight(shape=[3]), PLACE + "the weights take 100 bytes; the files .* hold 104"),
    "huge": (at_weight(shape=[2**60, 2**60]), "the weights take [0-9]{30,} bytes"),
    "negative": (at_weight(shape=[-4]), SECOND + r"expected a 'shape'.*\[-4\]"),
    "fraction": (at_weight(shape=[4.0]), SECOND + "expected a 'shape'"),
    "true": (at_weight(shape=[True, 4]), SECOND + "expected a 'shape'"),
    "many axes": (at_weight(shape=[1] * 60 + [4]), SECOND + "expected a 'shape'"),
    "text": (at_weight(dtype="string"), SECOND + "expected one of the dtypes float32.*'string'"),
    "no dtype": (at_weight(dtype=["float32"]), SECOND + "expected one of the dtypes"),
    "whole numbers": (at_weight(dtype="int32"), "first/bias holds int32; .*float32"),
    "packed in text": (packed(dtype="string"), SECOND + "quantization: expected.*uint8"),
    "no scale": (packed(scale=None), SECOND + "quantization: expected a 'scale' and a 'min'"),
    "other numbers": (packed(original_dtype="int32"), "quantization: expected float32.*'int32'"),
    "a weight less": (
        lambda d: d["weightsManifest"][0]["weights"][1].update(group="optimizer"),
        r"missing in the file are \['first/bias'\]",
    ),
    "a weight more": (
        lambda d: d["weightsManifest"][0]["weights"].append(
            {"name": "more/kernel", "shape": [0], "dtype": "float32"}
        ),
        r"it holds \['more/kernel'\]",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    model = network()
    path = written(model, tmp_path, 52)
    change, facts = REFUSED[name]
    changed(path, change)
    tracemalloc.start()
    with pytest.raises(LoadError) as caught:
        read(path)
    assert str(path) in str(caught.value) or str(tmp_path) in str(caught.value)
    assert re.search(facts, str(caught.value)), caught.value
    before = model.get_weights()
    with pytest.raises(LoadError):
        model.load_weights(path)
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()
    for own, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, expected)


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = written(network(), folder, 10**6)
    (shard,) = folder.glob("*.bin")
    inside = shard.rename(folder / "inside.bin")
    shard.symlink_to(inside)
    read(path)
    shard.unlink()
    shard.symlink_to(inside.rename(tmp_path / "outside.bin"))
    with pytest.raises(LoadError, match=rf"paths.*{shard.name} is a link out of its folder"):
        read(path)


def test_files_cut_short_or_longer(tmp_path: Path) -> None:
    path = written(network(), tmp_path)
    shard = sorted(tmp_path.glob("*.bin"))[1]
    whole = shard.read_bytes()
    for content in (whole[:-1], whole + b"\0", b""):
        shard.write_bytes(content)
        with pytest.raises(LoadError, match=r"take 104 bytes; the files .*bin"):
            read(path)


def test_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    model = network()
    with pytest.raises(ConfigurationError, match=rf"{path}.*read only.*\.keras"):
        model.save(path)
    with pytest.raises(ConfigurationError, match=rf"{path}.*read only.*\.weights\.h5"):
        model.save_weights(path)
    model.compile("sgd", loss="mse")
    with pytest.raises(SaveError, match=r"model\.json' is read only"):
        model.fit(X, numbers(5, 2), verbose=0, callbacks=[ModelCheckpoint(path)])
    assert list(tmp_path.iterdir()) == []


def test_inspection(tmp_path: Path) -> None:
    path = written(network(), tmp_path)
    found = inspection.inspect(path)
    assert found.model == "Sequential 'net'" and found.written_by == "Keras 3.0.0"
    assert found.total_bytes == 104
    assert found.weights[0]["name"] == "first/kernel" and found.weights[0]["shape"] == [3, 4]
    done = CliRunner().invoke(main, ["inspect", str(path)])
    assert done.exit_code == 0 and "first/kernel" in done.output
    path.write_text('{"class_name": "Sequential"}')
    done = CliRunner().invoke(main, ["inspect", str(path)])
    assert done.exit_code == 1 and "model_from_json" in done.output
