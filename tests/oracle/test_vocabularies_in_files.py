"""Tokens that Keras learnt stand beside the weights in its archives; they arrive here."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
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
