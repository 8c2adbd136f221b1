"""Attention layers and EinsumDense against Keras 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from layer_twin import compare_layer, compare_precisions
from twins import numbers

import kcore
import klayers
from kcore import ops

QUERY, VALUE, KEY = numbers(2, 5, 6), numbers(2, 4, 6, seed=1), numbers(2, 4, 6, seed=2)
WIDE = numbers(2, 4, 3, seed=3)
IMAGE, OTHER = numbers(2, 3, 4, 6), numbers(2, 3, 5, 6, seed=1)
QUERY_MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 0, 0]], bool)
VALUE_MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 0]], bool)
PAIRS = np.random.default_rng(0).random((2, 5, 4)) < 0.6
PAIRS[:, :, 0] = True
CAUSAL, SCORES = {"use_causal_mask": True}, {"return_attention_scores": True}

LISTS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "dot": (lambda m: m.Attention(), [QUERY, VALUE], {}),
    "dot key": (lambda m: m.Attention(), [QUERY, WIDE, KEY], {}),
    "dot scale": (lambda m: m.Attention(use_scale=True), [QUERY, VALUE, KEY], CAUSAL),
    "dot scores": (lambda m: m.Attention(use_scale=True), [QUERY, VALUE], {**CAUSAL, **SCORES}),
    "concat": (lambda m: m.Attention(score_mode="concat"), [QUERY, VALUE], {}),
    "concat scale": (lambda m: m.Attention(True, "concat"), [QUERY, WIDE, KEY], SCORES),
    "additive": (lambda m: m.AdditiveAttention(), [QUERY, VALUE], {}),
    "additive key": (lambda m: m.AdditiveAttention(), [QUERY, WIDE, KEY], {**CAUSAL, **SCORES}),
    "additive plain": (lambda m: m.AdditiveAttention(use_scale=False), [QUERY, VALUE], {}),
    "dot masks": (lambda m: m.Attention(), [QUERY, VALUE], {"mask": [QUERY_MASK, VALUE_MASK]}),
    "dot value mask": (lambda m: m.Attention(), [QUERY, VALUE], {"mask": [None, VALUE_MASK]}),
    "dot nothing seen": (
        lambda m: m.Attention(),
        [QUERY, VALUE],
        {"mask": [QUERY_MASK, VALUE_MASK & False]},
    ),
    "additive masks": (
        lambda m: m.AdditiveAttention(),
        [QUERY, VALUE],
        {"mask": [QUERY_MASK, VALUE_MASK], **CAUSAL},
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists(name: str) -> None:
    make, inputs, call = LISTS[name]
    compare_layer(make, inputs, call=call)


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_masks_that_travel(name: str) -> None:
    compare_layer(lambda m: getattr(m, name)(), [QUERY, VALUE], mask=[QUERY_MASK, VALUE_MASK])


HEADS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "self": (lambda m: m.MultiHeadAttention(2, 3), [QUERY, QUERY], {}),
    "three": (lambda m: m.MultiHeadAttention(2, 3, 4), [QUERY, WIDE, KEY], SCORES),
    "causal": (lambda m: m.MultiHeadAttention(2, 3), [QUERY, VALUE], CAUSAL),
    "no bias": (lambda m: m.MultiHeadAttention(2, 3, use_bias=False), [QUERY, VALUE], {}),
    "output": (lambda m: m.MultiHeadAttention(2, 3, output_shape=7), [QUERY, VALUE], {}),
    "output axes": (lambda m: m.MultiHeadAttention(2, 3, output_shape=(3, 5)), [QUERY, VALUE], {}),
    "gate": (lambda m: m.MultiHeadAttention(2, 3, 4, use_gate=True), [QUERY, WIDE, KEY], {}),
    "window": (lambda m: m.MultiHeadAttention(2, 3, sliding_window=2), [QUERY, QUERY], {}),
    "window causal": (
        lambda m: m.MultiHeadAttention(2, 3, sliding_window=3),
        [QUERY, QUERY],
        CAUSAL,
    ),
    "pairs": (lambda m: m.MultiHeadAttention(2, 3), [QUERY, VALUE], {"attention_mask": PAIRS}),
    "pairs by head": (
        lambda m: m.MultiHeadAttention(2, 3),
        [QUERY, VALUE],
        {"attention_mask": np.stack([PAIRS, np.roll(PAIRS, 1, 1)], 1)},
    ),
    "nothing seen": (
        lambda m: m.MultiHeadAttention(2, 3),
        [QUERY, VALUE],
        {"attention_mask": PAIRS & False},
    ),
    "value mask": (
        lambda m: m.MultiHeadAttention(2, 3),
        [QUERY, VALUE],
        {"value_mask": VALUE_MASK},
    ),
    "key mask": (
        lambda m: m.MultiHeadAttention(2, 3),
        [QUERY, VALUE, KEY],
        {"key_mask": VALUE_MASK, "value_mask": VALUE_MASK[::-1], "attention_mask": PAIRS},
    ),
    "image": (lambda m: m.MultiHeadAttention(2, 3), [IMAGE, IMAGE], {}),
    "image scores": (lambda m: m.MultiHeadAttention(2, 3), [IMAGE, IMAGE], SCORES),
    "image axis": (
        lambda m: m.MultiHeadAttention(2, 3, attention_axes=2),
        [IMAGE, OTHER],
        SCORES,
    ),
    "image other order": (
        lambda m: m.MultiHeadAttention(2, 3, attention_axes=(2, 1)),
        [IMAGE, IMAGE],
        SCORES,
    ),
    "groups": (lambda m: m.GroupQueryAttention(3, 4, 2), [QUERY, VALUE], SCORES),
    "groups of one": (lambda m: m.GroupQueryAttention(3, 4, 1), [QUERY, WIDE, KEY], CAUSAL),
    "groups masks": (
        lambda m: m.GroupQueryAttention(3, 4, 4, use_gate=True, use_bias=False),
        [QUERY, VALUE],
        {"value_mask": VALUE_MASK, "attention_mask": PAIRS},
    ),
    "groups window": (
        lambda m: m.GroupQueryAttention(3, 4, 2, sliding_window=2),
        [QUERY, QUERY],
        {},
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_heads(name: str) -> None:
    make, inputs, call = HEADS[name]
    compare_layer(make, inputs, call=call, spread=True)


def test_scores_under_masks() -> None:
    """Keras gives its scores a mask of their own, so they are compared here."""
    call = {"value_mask": VALUE_MASK | (np.arange(4) == 0), **CAUSAL, **SCORES}
    for make in (
        lambda m: m.MultiHeadAttention(2, 3, sliding_window=4),
        lambda m: m.GroupQueryAttention(3, 4, 2),
    ):
        ours, theirs = make(klayers), make(keras.layers)
        ours(QUERY, VALUE)
        theirs(QUERY, VALUE)
        ours.set_weights(theirs.get_weights())
        seen = slice(0, 4)  # the last query is too far from the only key that is sure to be there
        for own, expected in zip(
            ours(QUERY, VALUE, **call), theirs(QUERY, VALUE, **call), strict=True
        ):
            own, expected = (np.moveaxis(np.asarray(y), -2, 0)[seen] for y in (own, expected))
            np.testing.assert_allclose(own, expected, rtol=1e-5, atol=1e-6)


def test_explicit_query_mask() -> None:
    """Rows where the query's mask holds are those of Keras; the others have no meaning."""
    ours, theirs = klayers.MultiHeadAttention(2, 3), keras.layers.MultiHeadAttention(2, 3)
    masks = {"query_mask": QUERY_MASK, "value_mask": VALUE_MASK}
    ours(QUERY, VALUE, **masks)
    theirs(QUERY, VALUE, **masks)
    ours.set_weights(theirs.get_weights())
    own, expected = ours(QUERY, VALUE, **masks), theirs(QUERY, VALUE, **masks)
    np.testing.assert_allclose(
        np.asarray(own)[QUERY_MASK], np.asarray(expected)[QUERY_MASK], rtol=1e-5, atol=1e-6
    )


def _padded(k: Any) -> Any:
    """Masks of embeddings reach the attention as query, value and key masks, and go on."""
    tokens, memory = k.layers.Input((5,), dtype="int32"), k.layers.Input((4,), dtype="int32")
    table = k.layers.Embedding(9, 6, mask_zero=True, name="table")
    x, y = table(tokens), table(memory)
    x = k.layers.MultiHeadAttention(2, 3, name="own")(x, x, use_causal_mask=True)
    x = k.layers.LayerNormalization(name="norm")(x)
    x = k.layers.GroupQueryAttention(3, 2, 1, name="groups")(query=x, value=y)
    x = k.layers.Attention(name="plain")([x, y])
    x = k.layers.EinsumDense("abc,cd->abd", (None, 4), name="dense")(x)
    return k.models.Model([tokens, memory], x)


@pytest.mark.filterwarnings("ignore:.*mask:UserWarning")
def test_masks_in_a_functional_model(tmp_path: Path) -> None:
    data = [np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0]]), np.array([[1, 2, 0, 0], [3, 4, 5, 6]])]
    ours, theirs = _padded(kcore), _padded(keras)
    ours.set_weights(theirs.get_weights())
    expected = theirs(data).numpy()
    np.testing.assert_allclose(ours(data), expected, rtol=1e-4, atol=1e-5)
    theirs.save(tmp_path / "theirs.keras")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.save(tmp_path / "ours.h5")
    again = kcore.models.load_model(tmp_path / "ours.h5")
    np.testing.assert_allclose(again(data), expected, rtol=1e-4, atol=1e-5)
    other = _padded(kcore)
    other.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_allclose(other(data), expected, rtol=1e-4, atol=1e-5)
    loaded = kcore.models.load_model(tmp_path / "theirs.keras", compile=False)
    np.testing.assert_allclose(loaded(data), expected, rtol=1e-4, atol=1e-5)
    for name in ("ours.keras", "ours.h5"):
        ours.save(tmp_path / name)
        there = keras.models.load_model(tmp_path / name, compile=False)
        np.testing.assert_allclose(there(data), expected, rtol=1e-4, atol=1e-5)


def test_fit_equals_keras() -> None:
    x, y = numbers(16, 5, 6), numbers(16, 5, 6, seed=9)

    def train(k: Any, weights: Any) -> Any:
        inputs = k.layers.Input((5, 6))
        h = k.layers.MultiHeadAttention(2, 4, name="heads")(inputs, inputs, use_causal_mask=True)
        h = k.layers.LayerNormalization(name="norm")(k.layers.Add(name="sum")([h, inputs]))
        outputs = k.layers.EinsumDense("abc,cd->abd", (None, 6), "gelu", "d", name="out")(h)
        model = k.models.Model(inputs, outputs)
        if weights is not None:
            model.set_weights(weights)
        start = model.get_weights()
        model.compile(optimizer=k.optimizers.Adam(0.01), loss="mse")
        history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
        return start, history.history["loss"], model.get_weights()

    start, expected, theirs = train(keras, None)
    _, found, ours = train(kcore, start)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    for a, b in zip(ours, theirs, strict=True):
        # Adam turns rounding errors of tiny gradients into steps of its full rate
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_precisions(name: str) -> None:
    compare_precisions(lambda m, policy: getattr(m, name)(dtype=policy), [QUERY, VALUE])


EINSUMS: dict[str, tuple[Any, Any]] = {
    "rows": (lambda m: m.EinsumDense("ab,bc->ac", 4, "relu", "c"), numbers(4, 6)),
    "heads": (lambda m: m.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), QUERY),
    "head bias": (lambda m: m.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="d"), QUERY),
    "step bias": (lambda m: m.EinsumDense("abc,cd->abd", (5, 3), bias_axes="b"), QUERY),
    "both bias": (lambda m: m.EinsumDense("abc,cd->abd", (5, 3), bias_axes="bd"), QUERY),
    "one output": (lambda m: m.EinsumDense("abc,c->ab", (None,)), QUERY),
    "from heads": (lambda m: m.EinsumDense("abcd,cde->abe", (3, 7), bias_axes="e"), IMAGE),
    "left": (lambda m: m.EinsumDense("...x,xy->...y", 4, bias_axes="y"), IMAGE),
    "left three": (lambda m: m.EinsumDense("...abc,cd->...abd", (None, None, 9)), IMAGE),
    "right": (lambda m: m.EinsumDense("ab...,bc->ac...", 4, bias_axes="c"), IMAGE),
    "transposed kernel": (lambda m: m.EinsumDense("abc,dc->abd", (None, 4), bias_axes="d"), QUERY),
    "by step": (lambda m: m.EinsumDense("abc,bcd->abd", (5, 3), bias_axes="bd"), QUERY),
    "summed steps": (lambda m: m.EinsumDense("abc,cd->ad", 3, bias_axes="d"), QUERY),
    "moved": (lambda m: m.EinsumDense("abc,cd->adb", (3, None), bias_axes="d"), QUERY),
}


@pytest.mark.parametrize("name", EINSUMS)
def test_einsum_dense(name: str) -> None:
    make, inputs = EINSUMS[name]
    compare_layer(make, inputs)


def test_einsum_dense_precisions() -> None:
    compare_precisions(
        lambda m, policy: m.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d", dtype=policy),
        QUERY,
    )


@pytest.mark.parametrize("name", ["glorot_uniform", "he_uniform", "lecun_uniform"])
def test_first_values_have_the_same_spread(name: str) -> None:
    """The uniform bounds count the axes that are summed over as inputs."""
    for equation, shape, size in (
        ("abc,cde->abde", (None, 40, 50), (2, 3, 60)),
        ("abcd,cde->abe", (None, 50), (2, 3, 40, 60)),
        ("abc,dc->abd", (None, 50), (2, 3, 60)),
    ):
        bounds = []
        for m in (klayers, keras.layers):
            layer = m.EinsumDense(equation, shape, kernel_initializer=name)
            layer.build(size)
            bounds.append(float(np.abs(np.asarray(layer.get_weights()[0])).max()))
        np.testing.assert_allclose(bounds[0], bounds[1], rtol=1e-2)


ATTEND: dict[str, dict[str, Any]] = {
    "plain": {},
    "causal": {"is_causal": True},
    "scale": {"scale": 0.3},
    "mask": {"mask": np.random.default_rng(1).random((2, 1, 5, 6)) < 0.5},
    "bias": {"bias": numbers(1, 4, 5, 6, seed=7)},
}


@pytest.mark.parametrize("name", ATTEND)
def test_dot_product_attention(name: str) -> None:
    query, key, value = (
        numbers(2, 5, 4, 3),
        numbers(2, 6, 4, 3, seed=1),
        numbers(2, 6, 4, 3, seed=2),
    )
    np.testing.assert_allclose(
        ops.dot_product_attention(query, key, value, **ATTEND[name]),
        keras.ops.dot_product_attention(query, key, value, **ATTEND[name]),
        rtol=1e-5,
        atol=1e-6,
    )
