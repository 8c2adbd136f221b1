"""`.h5` files: complete, atomic, refused when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from small_layers import (
    Join,
    Linear,
    Noise,
    classifier,
    numbers,
    regression,
    two_by_two,
    unchanged,
    values,
)

from kcore import Input, Model, Sequential
from kcore.errors import KcoreError, LoadError, MissingPackageError
from kcore.models import load_model, model_from_json
from kcore.optimizers import Adam

CUSTOM = {"Linear": Linear, "Join": Join, "Noise": Noise}
X, Y = numbers(12, 3), numbers(12, 1, seed=1)


@pytest.fixture
def trained() -> Model:
    model = regression(optimizer=Adam(0.01), metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def test_a_file_holds_the_whole_model(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    trained.save(path)
    loaded = load_model(path, custom_objects=CUSTOM)
    assert unchanged(loaded, values(trained))
    assert np.array_equal(loaded.predict(X), trained.predict(X))
    assert loaded.evaluate(X, Y, verbose=0) == trained.evaluate(X, Y, verbose=0)
    for model in (trained, loaded):
        model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    assert unchanged(loaded, values(trained))
    assert int(loaded.optimizer.iterations) == 4


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_compiled_model_that_was_never_trained(
    optimizer: str, suffix: str, tmp_path: Path
) -> None:
    model = regression(optimizer=optimizer)
    model.optimizer.learning_rate = 0.25
    model.save(tmp_path / f"model.{suffix}")
    loaded = load_model(tmp_path / f"model.{suffix}", custom_objects=CUSTOM)
    assert float(loaded.optimizer.learning_rate) == 0.25
    for one in (model, loaded):
        one.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    assert unchanged(loaded, values(model))


def test_functional_models_with_several_outputs(tmp_path: Path) -> None:
    model = two_by_two(metrics={"number": ["mae"], "kind": ["accuracy"]}, loss_weights=[1.0, 0.5])
    x = {"left": numbers(6, 2), "right": numbers(6, 3)}
    y = {"number": numbers(6, 1), "kind": np.arange(6) % 3}
    model.save(tmp_path / "model.h5")
    loaded = load_model(tmp_path / "model.h5", custom_objects=CUSTOM)
    assert model.evaluate(x, y, verbose=0, return_dict=True) == loaded.evaluate(
        x, y, verbose=0, return_dict=True
    )


def test_weights_alone(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    trained.save_weights(path)
    other = regression()
    other.load_weights(path)
    assert unchanged(other, values(trained))
    with pytest.raises(LoadError, match="load_weights"):
        load_model(path)


def test_weights_of_another_shape_change_nothing(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    trained.save_weights(path)
    for other, facts in (
        (Sequential([Input((3,)), Linear(4), Linear(2)]), ("(4, 1)", "(4, 2)")),
        (Sequential([Input((3,)), Linear(4)]), ("2 layers", "1")),
    ):
        before = values(other)
        with pytest.raises(LoadError) as caught:
            other.load_weights(path)
        assert all(fact in str(caught.value) for fact in (*facts, "weights.h5"))
        assert unchanged(other, before)


def test_an_exception_while_writing_leaves_the_old_file(
    trained: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.h5"
    trained.save(path)
    before = path.read_bytes()
    trained.fit(X, Y, verbose=0)

    def fails(self: Any) -> Any:
        raise OSError("No space left on device")

    monkeypatch.setattr(type(trained.layers[1].bias), "view", fails)
    with pytest.raises(OSError, match="No space left"):
        trained.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.h5"]


def test_a_file_is_not_replaced_against_the_will(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(b"precious")
    with pytest.raises((KcoreError, OSError), match="overwrite"):
        trained.save(path, overwrite=False)
    assert path.read_bytes() == b"precious"


def test_a_folder_that_does_not_exist_is_named(trained: Model, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        trained.save(tmp_path / "nowhere" / "model.h5")


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n" + b"\0" * 100])
def test_damaged_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.h5"
    path.write_bytes(content)
    with pytest.raises(LoadError, match=r"broken\.h5"):
        load_model(path)


def test_a_truncated_file_is_refused(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    trained.save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(LoadError, match=r"model\.h5"):
        load_model(path, custom_objects=CUSTOM)


def test_unknown_suffixes_are_named(trained: Model, tmp_path: Path) -> None:
    with pytest.raises(KcoreError, match=r"\.h5") as caught:
        trained.save(tmp_path / "model.pickle")
    assert ".pickle" in str(caught.value)
    with pytest.raises(KcoreError, match="none"):
        load_model(tmp_path / "none.h5")


def test_every_missing_package_is_in_one_error(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    trained.save(path)
    with h5py.File(path, "a") as file:
        manifest = json.loads(file.attrs["kcore_manifest"])
        for identity in ("kblobs/Blob", "kblobs/Drop", "kother/Thing"):
            package = identity.split("/")[0]
            manifest["classes"][f"layer:{identity}"] = {
                "distribution": package,
                "version": "3.1",
            }
        file.attrs["kcore_manifest"] = json.dumps(manifest)
    with pytest.raises(MissingPackageError, match="pip install kblobs kother") as caught:
        load_model(path, custom_objects=CUSTOM)
    for fact in ("kblobs/Blob", "kblobs/Drop", "kother/Thing", "3.1", "model.h5"):
        assert fact in str(caught.value)


def test_own_classes_are_asked_for_by_name(trained: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    trained.save(path)
    with pytest.raises(KcoreError, match="Linear"):
        load_model(path)


def test_a_frozen_layer_is_frozen_after_loading(trained: Model, tmp_path: Path) -> None:
    trained.layers[0].trainable = False
    trained.fit(X, Y, verbose=0)
    trained.save(tmp_path / "model.h5")
    loaded = load_model(tmp_path / "model.h5", custom_objects=CUSTOM)
    assert not loaded.layers[0].trainable
    assert len(loaded.trainable_weights) == 2
    assert unchanged(loaded, values(trained))


def test_links_out_of_the_file_are_refused(tmp_path: Path) -> None:
    model = classifier()
    path, secret = tmp_path / "model.h5", tmp_path / "secret.h5"
    model.save_weights(path)
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.zeros((3, 3))
    with h5py.File(path, "a") as file:
        group = file["kind"]
        name = group.attrs["weight_names"][0]
        del group[name]
        group[name] = h5py.ExternalLink(str(secret), "/kernel")
    before = values(model)
    with pytest.raises(LoadError, match="ExternalLink"):
        model.load_weights(path)
    assert unchanged(model, before)


WIRING: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "an entry that is none": (("layers", 1), 7, "layers[1]"),
    "layers that are none": (("layers",), 3, "layers"),
    "no configuration": (("layers", 1, "config"), None, "layers[1]"),
    "calls that are none": (("layers", 1, "inbound_nodes"), {"a": 1}, "layers[1] 'first'"),
    "a call that is none": (("layers", 1, "inbound_nodes", 0), 5, "layers[1] 'first'"),
    "arguments that are none": (("layers", 1, "inbound_nodes", 0), {"args": 1, "kwargs": {}}, "'f"),
    "inputs that are none": (("input_layers",), 2.5, "input_layers"),
    "texts for inputs": (("input_layers",), ["a", "b"], "input_layers"),
    "an output out of range": (("output_layers", -1), 2**63, "output_layers"),
}


@pytest.mark.parametrize("case", WIRING)
def test_damaged_wiring_names_the_place(case: str) -> None:
    start = Input((3,), name="start")
    model = Model(start, Linear(2, name="second")(Linear(4, name="first")(start)))
    config = json.loads(model.to_json())
    path, value, place = WIRING[case]
    parent = config["config"]
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    with pytest.raises(LoadError) as caught:
        model_from_json(json.dumps(config), CUSTOM)
    assert place in str(caught.value)


def test_damaged_arguments_of_compile_name_the_attribute(trained: Model, tmp_path: Path) -> None:
    trained.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        del file.attrs["kcore_checksums"]
        given = json.loads(file.attrs["training_config"])
        del given["optimizer_config"]
        file.attrs["training_config"] = json.dumps(given)
    with pytest.raises(LoadError) as caught:
        load_model(tmp_path / "model.h5", CUSTOM)
    for fact in ("model.h5", "attribute training_config", "optimizer_config"):
        assert fact in str(caught.value)
