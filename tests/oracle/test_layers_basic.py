"""The first layers against Keras 3."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tf_keras
from layer_twin import compare_layer, compare_precisions
from twins import numbers

import kcore
import klayers

ROWS, STEPS, IMAGES = numbers(4, 3), numbers(2, 5, 3), numbers(2, 6, 5, 4)

CASES: dict[str, tuple[Any, Any]] = {
    "Activation": (lambda m: m.Activation("relu"), ROWS),
    "BatchNormalization": (lambda m: m.BatchNormalization(momentum=0.7), IMAGES),
    "BatchNormalization rows": (lambda m: m.BatchNormalization(center=False), ROWS),
    "Conv2D": (lambda m: m.Conv2D(4, (3, 2), (2, 1), "same", activation="tanh"), IMAGES),
    "Conv2D groups": (lambda m: m.Conv2D(4, 3, groups=2, dilation_rate=2), IMAGES),
    "Dense": (lambda m: m.Dense(4, "tanh"), ROWS),
    "Dense steps": (lambda m: m.Dense(4, use_bias=False), STEPS),
    "Embedding": (lambda m: m.Embedding(7, 3, mask_zero=True), np.array([[1, 2, 0], [6, 0, 0]])),
    "Flatten": (lambda m: m.Flatten(), IMAGES),
    "LSTM": (lambda m: m.LSTM(3, return_sequences=True), STEPS),
    "Reshape": (lambda m: m.Reshape((-1, 2)), IMAGES),
}


@pytest.mark.parametrize("name", CASES)
def test_layer(name: str) -> None:
    make, inputs = CASES[name]
    compare_layer(make, inputs)


def test_mask_through_lstm() -> None:
    mask = np.array([[True, True, False, True, False], [False, True, True, False, False]])
    compare_layer(lambda m: m.LSTM(3, return_sequences=True), STEPS, mask=mask)
    compare_layer(lambda m: m.LSTM(3, return_state=True), STEPS, mask=mask)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint32", "uint64", "float32"])
def test_embedding_takes_numbers_of_every_dtype(dtype: str) -> None:
    numbers_of = np.array([[1, 2, 0], [6, 0, 0]]).astype(dtype)
    compare_layer(lambda m: m.Embedding(7, 3, mask_zero=True), numbers_of, train=False)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Dense", {"units": 3}),
        ("Embedding", {"input_dim": 4, "output_dim": 2}),
        ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 3}),
        ("BatchNormalization", {}),
        ("LayerNormalization", {"axis": [1, 2]}),
    ],
)
def test_from_config_takes_what_get_config_of_keras_gives(
    name: str, options: dict[str, Any]
) -> None:
    theirs = getattr(keras.layers, name)(**options)
    ours = getattr(klayers, name).from_config(theirs.get_config())
    wanted = getattr(klayers, name)(**options, name=theirs.name)
    assert ours.get_config() == wanted.get_config()
    again = getattr(keras.layers, name).from_config(ours.get_config())
    assert again.get_config() == theirs.get_config()


def test_shapes_of_a_layer_that_was_called_on_symbolic_tensors() -> None:
    ours, theirs = klayers.Dense(4), tf_keras.layers.Dense(4)
    for shape in ((3,), (3,)):
        kept = [ours(kcore.Input(shape)), theirs(tf_keras.Input(shape))]
        assert ours.input_shape == theirs.input_shape == (None, 3)
        assert ours.output_shape == theirs.output_shape == (None, 4)
    kept += [ours(kcore.Input((5, 3))), theirs(tf_keras.Input((5, 3)))]
    for layer in (ours, theirs):
        with pytest.raises(AttributeError):
            _ = layer.output_shape
    assert not hasattr(klayers.Dense(4), "output_shape")
    assert klayers.EinsumDense("ab,bc->ac", 3).output_shape == (3,)  # its own argument
    assert len(kept) == 4


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.LSTM(2),
        lambda m: m.RNN(m.GRUCell(2)),
        lambda m: m.Bidirectional(m.GRU(2)),
        lambda m: m.TimeDistributed(m.Dense(2)),
        lambda m: m.Embedding(3, 2, mask_zero=True),
    ],
)
def test_layers_that_handle_masks_say_so(make: Any) -> None:
    assert make(klayers).supports_masking
    assert make(keras.layers).supports_masking


def test_precisions() -> None:
    compare_precisions(lambda m, policy: m.Dense(4, dtype=policy), ROWS)
    compare_precisions(lambda m, policy: m.Conv2D(4, 3, dtype=policy), IMAGES)
    # pure bfloat16 left out: Keras' orthogonal initializer has no kernel for it
    compare_precisions(
        lambda m, policy: m.LSTM(4, dtype=policy),
        STEPS,
        policies=("float64", "float16", "mixed_bfloat16"),
    )
