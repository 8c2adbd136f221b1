"""What attention layers do beyond a plain call: scores, masks, names, models and files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, backend, ops, random
from kcore.models import Model, load_model
from kcore.optimizers import Adam

RNG = np.random.default_rng(0)
QUERY, VALUE = (RNG.normal(size=(2, n, 6)).astype("float32") for n in (5, 4))


def _attend(query: Any, key: Any, value: Any, mask: Any) -> Any:
    """softmax(q . k / sqrt(features)) . v over (batch, steps, heads, features), in numpy."""
    logits = np.einsum("bthf,bshf->bhts", query, key) / np.sqrt(query.shape[-1])
    logits = np.where(mask, logits, -np.inf)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("bhts,bshf->bthf", weights, value), weights


def test_heads_by_formula() -> None:
    layer = kl.MultiHeadAttention(2, 3, use_gate=True, name="heads")
    outputs, scores = layer(QUERY, VALUE, use_causal_mask=True, return_attention_scores=True)
    weights = {w.path.removeprefix("heads/"): w.numpy() for w in layer.weights}

    def project(x: Any, name: str) -> Any:
        kernel, bias = weights[f"{name}/kernel"], weights[f"{name}/bias"]
        return np.einsum("btd,dhk->bthk", x, kernel) + bias

    heads = [project(x, n) for x, n in ((QUERY, "query"), (VALUE, "key"), (VALUE, "value"))]
    mixed, expected = _attend(*heads, np.tri(5, 4, dtype=bool))
    mixed = mixed / (1 + np.exp(-project(QUERY, "gate")))
    result = np.einsum("bthk,hkd->btd", mixed, weights["attention_output/kernel"])
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(outputs, result, rtol=1e-4, atol=1e-5)


def test_shared_heads_equal_repeated_heads() -> None:
    query = RNG.normal(size=(2, 5, 4, 3)).astype("float32")
    key, value = (RNG.normal(size=(2, 6, 2, 3)).astype("float32") for _ in range(2))
    repeated = [np.repeat(x, 2, axis=2) for x in (key, value)]
    np.testing.assert_allclose(
        ops.dot_product_attention(query, key, value, is_causal=True),
        ops.dot_product_attention(query, *repeated, is_causal=True),
        rtol=1e-5,
        atol=1e-6,
    )


def test_soft_cap_bounds_the_scores() -> None:
    query = 100 * np.ones((1, 1, 1, 1), "float32")
    key = np.array([[[[1.0]], [[-1.0]]]], "float32")
    found = ops.dot_product_attention(query, key, key, scale=1.0, attn_logits_soft_cap=0.5)
    np.testing.assert_allclose(np.asarray(found).item(), np.tanh(0.5), rtol=1e-5)


def test_a_query_that_sees_nothing_gets_the_mean_and_no_gradient() -> None:
    query = backend.tensor.convert(QUERY[:, :, None])
    key = backend.tensor.convert(VALUE[:, :, None])
    mask = np.zeros((2, 1, 5, 4), bool)

    def attend(query: Any, key: Any) -> Any:
        return ops.dot_product_attention(query, key, VALUE[:, :, None], mask=mask)

    outputs = attend(query, key)
    expected = np.broadcast_to(VALUE.mean(1)[:, None, None], (2, 5, 1, 6))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    slopes = backend.tensor.convert(RNG.normal(size=(2, 5, 1, 6)).astype("float32"))
    for gradient in backend.autodiff.gradients(slopes, [query, key], attend):
        np.testing.assert_array_equal(gradient, np.zeros_like(gradient))


def test_masks_that_travel_equal_masks_that_are_given() -> None:
    layer = kl.MultiHeadAttention(2, 3)
    masks = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0]], bool), np.array([[1, 1, 0, 0]] * 2, bool)
    given = layer(QUERY, VALUE, query_mask=masks[0], value_mask=masks[1])
    tensors = [backend.tensor.convert(x) for x in (QUERY, VALUE)]
    for tensor, mask in zip(tensors, masks, strict=True):
        backend.tensor.set_mask(tensor, backend.tensor.convert(mask))
    outputs, scores = layer(*tensors, return_attention_scores=True)
    np.testing.assert_array_equal(outputs, given)
    np.testing.assert_array_equal(backend.tensor.get_mask(outputs), masks[0])
    assert backend.tensor.get_mask(scores) is None
    np.testing.assert_array_equal(np.asarray(scores)[..., 2:][:, :, 0], np.zeros((2, 2, 2)))


def test_dropout_acts_in_training_only() -> None:
    for layer, inputs in (
        (kl.MultiHeadAttention(2, 3, dropout=0.5, seed=1), (QUERY, VALUE)),
        (kl.Attention(dropout=0.5, seed=1), ([QUERY, VALUE],)),
    ):
        plain, trained = layer(*inputs), layer(*inputs, training=True)
        assert not np.allclose(plain, trained)
        np.testing.assert_array_equal(plain, layer(*inputs))


def test_scores_in_training() -> None:
    """As in Keras: the heads' scores are those before dropout, the others' those after it."""
    options = {"training": True, "return_attention_scores": True}
    _, scores = kl.MultiHeadAttention(2, 3, dropout=0.5, seed=1)(QUERY, VALUE, **options)
    np.testing.assert_allclose(np.asarray(scores).sum(-1), 1, rtol=1e-5)
    _, scores = kl.Attention(dropout=0.5, seed=1)([QUERY, VALUE], **options)
    assert (np.asarray(scores) == 0).any()


def test_scores_and_names_in_a_functional_model(tmp_path: Path) -> None:
    x, y = Input((5, 6)), Input((4, 6))
    outputs, scores = kl.MultiHeadAttention(2, 3, name="heads")(
        query=x, value=y, return_attention_scores=True
    )
    more, shares = kl.Attention(name="plain")([outputs, y], return_attention_scores=True)
    mask = Input((5, 4), dtype="bool")
    masked = kl.GroupQueryAttention(3, 2, 1, name="groups")(x, y, attention_mask=mask)
    model = Model([x, y, mask], [more, scores, shares, masked])
    assert [t.shape for t in model.outputs] == [
        (None, 5, 6),
        (None, 2, 5, 4),
        (None, 5, 4),
        (None, 5, 6),
    ]
    data = [QUERY, VALUE, RNG.random((2, 5, 4)) < 0.5]
    expected = model.predict(data, verbose=0)
    for value, tensor in zip(expected, model.outputs, strict=True):
        assert value.shape[1:] == tensor.shape[1:]
    model.save(tmp_path / "model.h5")
    again = load_model(tmp_path / "model.h5").predict(data, verbose=0)
    for a, b in zip(again, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_fit_lowers_the_loss() -> None:
    random.set_seed(1)
    x = Input((5, 6))
    h = kl.MultiHeadAttention(2, 4, dropout=0.1)(x, x, use_causal_mask=True)
    h = kl.RMSNormalization()(kl.Add()([x, h]))
    model = Model(x, kl.EinsumDense("abc,cd->abd", (None, 6), bias_axes="d")(h))
    model.compile(Adam(0.02), "mse")
    data = RNG.normal(size=(64, 5, 6)).astype("float32")
    losses = model.fit(data, -data, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_attributes_have_the_names_of_files() -> None:
    heads, groups = kl.MultiHeadAttention(2, 3, use_gate=True), kl.GroupQueryAttention(3, 2, 1)
    heads(QUERY, VALUE)
    groups(QUERY, VALUE)
    names = ("query_dense", "key_dense", "_gate_dense", "value_dense", "output_dense")
    own = [w for name in names for w in getattr(heads, name).weights]
    assert [id(w) for w in own] == [id(w) for w in heads.weights]
    names = ("_query_dense", "_key_dense", "_value_dense", "_output_dense")
    own = [w for name in names for w in getattr(groups, name).weights]
    assert [id(w) for w in own] == [id(w) for w in groups.weights]


def test_both_names_lead_to_one_class() -> None:
    assert kl.GroupQueryAttention is kl.GroupedQueryAttention


def test_activity_regularizer_counts_every_projection() -> None:
    layer = kl.MultiHeadAttention(2, 3, activity_regularizer="l2")
    layer(QUERY, VALUE)
    assert len(layer.losses) == 4


@pytest.mark.parametrize("axes", [None, (2,), (2, 1)])
def test_masks_of_an_image(axes: Any) -> None:
    """A mask of the first axis holds for all places behind it."""
    image = RNG.normal(size=(2, 3, 4, 6)).astype("float32")
    layer = kl.MultiHeadAttention(2, 3, attention_axes=axes)
    mask = np.array([[1, 1, 0], [1, 0, 1]], bool)
    places = np.broadcast_to(mask[:, :, None], (2, 3, 4))
    np.testing.assert_array_equal(
        layer(image, image, value_mask=mask), layer(image, image, value_mask=places)
    )
    if axes == (2,):  # places of a hidden row see each other only
        return
    changed = np.where(places[..., None], image, 9.0).astype("float32")
    np.testing.assert_allclose(
        layer(image, image, value_mask=mask),
        layer(image, changed, value_mask=mask),
        rtol=1e-4,
        atol=1e-5,
    )


def test_building_needs_no_tensorflow() -> None:
    code = """
import sys
import klayers as kl
from kcore import Input, ops
from kcore.models import Model
x, y, m = Input((5, 8)), Input((4, 8)), Input((5, 4), dtype="bool")
heads = kl.MultiHeadAttention(2, 4, use_gate=True)
h, s = heads(x, y, attention_mask=m, return_attention_scores=True)
h = kl.GroupNormalization(2)(kl.LayerNormalization()(h)) + ops.rms_normalization(x)
h = kl.SpectralNormalization(kl.Dense(8))(kl.UnitNormalization()(kl.RMSNormalization()(h)))
h = kl.GroupQueryAttention(4, 2, 1)(h, y) + kl.AdditiveAttention()([h, y])
q = kl.EinsumDense("abc,cde->abde", (None, 2, 4))(h)
q = ops.normalize(ops.layer_normalization(ops.dot_product_attention(q, q, q)))
model = Model([x, y, m], [q, s, kl.Attention()([h, y])])
model.summary(print_fn=lambda line: None)
model.get_config()
assert "tensorflow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
