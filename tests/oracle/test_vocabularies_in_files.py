"""What layers of Keras learnt stands beside the weights in its files; it arrives here."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from twins import numbers

import kcore
from kcore.errors import LoadError

TEXTS = np.array(["a b b", "c a, D", "unknown"], object)


def test_tokens_that_were_learnt(tmp_path: Path) -> None:
    split = keras.layers.TextVectorization(output_sequence_length=5)
    split.adapt(tf.constant(["b a", "c b c", "b d"]))
    start = keras.Input((), dtype="string")
    keras.Model(start, keras.layers.Embedding(8, 3)(split(start))).save(tmp_path / "text.keras")
    theirs = keras.models.load_model(tmp_path / "text.keras")
    ours = kcore.models.load_model(tmp_path / "text.keras")
    assert ours.layers[1].get_vocabulary() == split.get_vocabulary()
    expected = np.asarray(theirs(tf.constant(TEXTS.tolist())))
    np.testing.assert_allclose(ours.predict(TEXTS), expected, rtol=1e-6)


def test_words_and_numbers_that_were_learnt(tmp_path: Path) -> None:
    for cls, data, dtype in (
        ("StringLookup", np.array([["x", "y"], ["y", "z"]], object), "string"),
        ("IntegerLookup", np.array([[3, 5], [5, 900]]), "int64"),
    ):
        lookup = getattr(keras.layers, cls)()
        lookup.adapt(tf.constant(data.tolist(), dtype))
        start = keras.Input((2,), dtype=dtype)
        model = keras.Model(start, keras.layers.Embedding(9, 2)(lookup(start)))
        model.save(tmp_path / "model.keras")
        ours = kcore.models.load_model(tmp_path / "model.keras")
        expected = np.asarray(model(tf.constant(data.tolist(), dtype)))
        np.testing.assert_allclose(ours.predict(data), expected, rtol=1e-6, err_msg=cls)


# what a layer learns from, and what it is asked then
LEARNT: dict[str, tuple[Any, Any]] = {
    "TextVectorization": (
        np.array(["b a", "c b c", "b d"], object),
        np.array(["b a b", "c x", "y"], object),
    ),
    "StringLookup": (
        np.array([["b", "a"], ["c", "b"]], object),
        np.array([["b", "b"], ["x", "c"]], object),
    ),
    "IntegerLookup": (np.array([[3, 5], [5, 90]]), np.array([[5, 5], [7, 90]])),
}


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        ("TextVectorization", {"output_mode": "tf_idf"}),
        ("TextVectorization", {"output_mode": "count"}),
        ("StringLookup", {"output_mode": "tf_idf", "num_oov_indices": 2}),
        ("StringLookup", {"output_mode": "multi_hot"}),
        ("IntegerLookup", {"output_mode": "tf_idf"}),
    ],
)
def test_a_column_for_each_token_that_was_learnt(cls: str, options: Any, tmp_path: Path) -> None:
    words = cls != "IntegerLookup"
    data, asked = LEARNT[cls]
    models = []
    for k in (keras, kcore):
        layer = getattr(k.layers, cls)(**options)
        layer.adapt(data if k is kcore else tf.constant(data.tolist()))
        start = k.Input(data.shape[1:], dtype="string" if words else "int64")
        # a model inside another has its vocabulary deeper in the file
        inner = k.Model(start, layer(start), name="tokens")
        outer = k.Input(data.shape[1:], dtype="string" if words else "int64")
        models.append(k.Model(outer, k.layers.Dense(2)(k.layers.Rescaling(1.0)(inner(outer)))))
    theirs, ours = models
    ours.set_weights(theirs.get_weights())
    theirs.save(tmp_path / "theirs.keras")
    ours.save(tmp_path / "ours.keras")
    expected = np.asarray(theirs(tf.constant(asked.tolist())))
    read = kcore.models.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(read.predict(asked, verbose=0), expected, rtol=1e-5)
    read = kcore.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(read.predict(asked, verbose=0), expected, rtol=1e-5)
    there = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(np.asarray(there(tf.constant(asked.tolist()))), expected, rtol=1e-5)


def buckets_of_tf_keras(learn: bool, mode: str = "one_hot") -> Any:
    """A model with a layer that has learnt boundaries, which its files do not hold."""
    layer = tf_keras.layers.Discretization(num_bins=4, epsilon=0.02, output_mode=mode)
    start = tf_keras.layers.Input((1,))
    if not learn:
        return tf_keras.Model(start, tf_keras.layers.Embedding(4, 2)(layer(start)))
    layer.adapt(numbers(400, 1, seed=3))
    return tf_keras.Model(start, tf_keras.layers.Dense(2)(layer(start)))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_boundaries_are_made_of_what_tf_keras_keeps(suffix: str, tmp_path: Path) -> None:
    theirs, x = buckets_of_tf_keras(learn=True), numbers(50, 1)
    path = tmp_path / f"model.{suffix}"
    theirs.save(str(path))
    ours = kcore.models.load_model(path)
    expected = [float(v) for v in theirs.layers[1].bin_boundaries]
    np.testing.assert_allclose(ours.layers[1].bin_boundaries, expected, rtol=1e-5)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs(x), rtol=1e-5, atol=1e-6)
    ours.save(tmp_path / "again.keras")
    again = kcore.models.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), ours.predict(x, verbose=0))
    # one that has learnt nothing says so when it is called, not before
    buckets_of_tf_keras(learn=False, mode="int").save(str(path))
    empty = kcore.models.load_model(path)
    assert empty.layers[1].bin_boundaries is None
    with pytest.raises(kcore.errors.NotBuiltError, match="adapt"):
        empty.predict(x, verbose=0)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_damaged_summary_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "model.h5"
    buckets_of_tf_keras(learn=True).save(str(whole))
    with h5py.File(whole) as file:
        name = next(f"{n}/summary:0" for n in _groups(file) if "summary:0" in file[n])
        good = file[name][()]
    for change in (
        lambda a: a[:, ::-1],
        lambda a: a * np.array([[1], [-1]]),
        lambda a: a * np.array([[1], [0]]),
        lambda a: np.where(a == a[0, 3], np.nan, a),
        lambda a: a[:1],
        lambda a: a[0],
    ):
        path = shutil.copy(whole, tmp_path / "damaged.h5")
        with h5py.File(path, "r+") as file:
            del file[name]
            file[name] = change(good)
        with pytest.raises(LoadError, match=r"damaged\.h5: /model_weights/.*summary:0 .*summary"):
            kcore.models.load_model(path)
    # whoever loads weights alone is not told that boundaries were loaded
    ours = kcore.models.load_model(whole)
    with pytest.raises(LoadError, match="2 layers with weights"):
        ours.load_weights(whole)


def _groups(file: Any) -> list[str]:
    return [f"model_weights/{name}" for name in file["model_weights"]]


def test_a_summary_of_another_form_in_an_archive(tmp_path: Path) -> None:
    whole = tmp_path / "model.keras"
    buckets_of_tf_keras(learn=True).save(str(whole))
    with zipfile.ZipFile(whole) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        del file["layers/discretization/vars/0"]
        file["layers/discretization/vars/0"] = np.ones((3, 5), "float32")
    members["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(
        LoadError, match=r"model\.keras: .*vars/0 has shape \(3, 5\).*\(2, points\)"
    ):
        kcore.models.load_model(whole)
