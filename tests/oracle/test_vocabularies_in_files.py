"""Tokens that Keras learnt stand beside the weights in its archives; they arrive here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import kcore

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
