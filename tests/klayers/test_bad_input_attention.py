"""What normalising, attention and EinsumDense layers refuse, and the facts they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, ops
from kcore.errors import ConfigurationError, ShapeError

ARGUMENTS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.LayerNormalization(epsilon=-1), ("LayerNormalization", "epsilon", "-1")),
    (lambda: kl.LayerNormalization("last"), ("LayerNormalization", "axis", "'last'")),
    (lambda: kl.LayerNormalization([1, 1]), ("LayerNormalization", "axis", "[1, 1]", "different")),
    (lambda: kl.RMSNormalization([]), ("RMSNormalization", "axis", "[]")),
    (lambda: kl.UnitNormalization(1.5), ("UnitNormalization", "axis", "1.5")),
    (lambda: kl.GroupNormalization(0), ("GroupNormalization", "groups", "0", "-1")),
    (lambda: kl.GroupNormalization(2, axis=[1, 2]), ("GroupNormalization", "axis", "[1, 2]")),
    (lambda: kl.BatchNormalization(axis=[1, 2]), ("BatchNormalization", "axis", "[1, 2]")),
    (lambda: kl.BatchNormalization(renorm=True), ("BatchNormalization", "renorm=True", "False")),
    (lambda: kl.BatchNormalization(virtual_batch_size=4), ("virtual_batch_size=4", "None")),
    (lambda: kl.SpectralNormalization(kl.Dense(2), 0), ("power_iterations", "0")),
    (lambda: kl.SpectralNormalization("dense"), ("SpectralNormalization", "layer", "'dense'")),
    (lambda: kl.Attention(score_mode="dott"), ("Attention", "score_mode", "'dott'", "'dot'")),
    (lambda: kl.Attention(dropout=1.5), ("Attention", "dropout", "1.5")),
    (lambda: kl.AdditiveAttention(dropout=-1), ("AdditiveAttention", "dropout", "-1")),
    (lambda: kl.MultiHeadAttention(2, 0), ("MultiHeadAttention", "key_dim", "0")),
    (lambda: kl.MultiHeadAttention(0, 2), ("MultiHeadAttention", "num_heads", "0")),
    (lambda: kl.MultiHeadAttention(2, 3, 1.5), ("MultiHeadAttention", "value_dim", "1.5")),
    (lambda: kl.MultiHeadAttention(2, 3, dropout=2), ("MultiHeadAttention", "dropout", "2")),
    (lambda: kl.MultiHeadAttention(2, 3, sliding_window=0), ("sliding_window", "0")),
    (lambda: kl.MultiHeadAttention(2, 3, attention_axes="a"), ("attention_axes", "'a'")),
    (lambda: kl.GroupQueryAttention(3, 4, 3), ("num_key_value_heads", "num_query_heads", "3", "4")),
    (lambda: kl.GroupQueryAttention(0, 4, 2), ("GroupedQueryAttention", "head_dim", "0")),
    (lambda: kl.EinsumDense("ab,bc", 3), ("EinsumDense", "'ab,bc'", "'ab,bc->ac'")),
    (lambda: kl.EinsumDense("a...b,bc->a...c", 3), ("'a...b,bc->a...c'", "'...ab,bc->...ac'")),
    (lambda: kl.EinsumDense("...ab,bc->ac...", 3), ("'...ab,bc->ac...'",)),
    (lambda: kl.EinsumDense("ab,bc->ad", 3), ("'ab,bc->ad'", "'d'", "output")),
    (lambda: kl.EinsumDense("ab,bcd->ac", 3), ("'ab,bcd->ac'", "'d'", "kernel")),
    (lambda: kl.EinsumDense("aab,bc->ac", 3), ("'aab,bc->ac'", "twice", "input")),
    (lambda: kl.EinsumDense("ab,bc->ac", (3, 4)), ("output_shape", "'c'", "(3, 4)")),
    (lambda: kl.EinsumDense("ab,bc->ac", 3, bias_axes="b"), ("bias_axes='b'", "'ac'")),
]


@pytest.mark.parametrize(("make", "facts"), ARGUMENTS)
def test_arguments_that_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


SHAPES: list[tuple[Callable[[], Any], Any, tuple[str, ...]]] = [
    (lambda: kl.LayerNormalization(3, name="it"), (5, 4), ("it", "axis", "3", "received 3")),
    (lambda: kl.RMSNormalization(-4, name="it"), (5, 4), ("it", "axis", "received -4")),
    (lambda: kl.GroupNormalization(5, name="it"), (7, 8), ("it", "groups=5", "8 channels", "-1")),
    (lambda: kl.GroupNormalization(name="it"), (7, 16), ("it", "groups=32", "16 channels")),
    (
        lambda: kl.LayerNormalization(1, name="it"),
        (None, 8),
        ("it", "'gamma'", "(None,)", "known sizes"),
    ),
    (lambda: kl.Attention(name="it"), (5, 4), ("it", "Attention", "[query, value]")),
    (lambda: kl.Attention(name="it"), [(5, 4)], ("it", "[query, value, key]")),
    (
        lambda: kl.Attention(name="it"),
        [(5, 4), (3, 6)],
        ("it", "features=4", "features=6", "Dense"),
    ),
    (
        lambda: kl.AdditiveAttention(name="it"),
        [(5, 4), (3, 4), (2, 4)],
        ("it", "AdditiveAttention", "steps=3", "steps=2"),
    ),
    (lambda: kl.EinsumDense("abc,cd->abd", (3, 4), name="it"), (5, 6), ("it", "'b'", "5", "3")),
    (lambda: kl.EinsumDense("abc,cd->abd", (3, 4), name="it"), (5,), ("it", "3 axes", "(None, 5)")),
]


@pytest.mark.parametrize(("make", "shape", "facts"), SHAPES)
def test_shapes_that_do_not_fit(
    make: Callable[[], Any], shape: Any, facts: tuple[str, ...]
) -> None:
    inputs = [Input(s) for s in shape] if isinstance(shape, list) else Input(shape)
    with pytest.raises(ShapeError) as caught:
        make()(inputs)
    for fact in facts:
        assert fact in str(caught.value)


HEADS: list[tuple[Callable[[], Any], list[Any], tuple[str, ...]]] = [
    (
        lambda: kl.MultiHeadAttention(2, 3, name="it"),
        [(5, 4), (3, 6), (2, 6)],
        ("it", "steps=3", "steps=2", "query, value, key"),
    ),
    (lambda: kl.MultiHeadAttention(2, 3, name="it"), [(5, 4), (3, 2, 6)], ("it", "same axes")),
    (
        lambda: kl.MultiHeadAttention(2, 3, attention_axes=2, name="it"),
        [(5, 2, 4), (3, 2, 4)],
        ("it", "height=5", "height=3"),
    ),
]


@pytest.mark.parametrize(("make", "shapes", "facts"), HEADS)
def test_query_value_and_key_that_do_not_fit(
    make: Callable[[], Any], shapes: list[Any], facts: tuple[str, ...]
) -> None:
    with pytest.raises(ShapeError) as caught:
        make()(*[Input(s) for s in shapes])
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize("axes", [(0,), (2,), (1, 1), (-1,)])
def test_axes_that_attention_cannot_run_over(axes: tuple[int, ...]) -> None:
    layer = kl.MultiHeadAttention(2, 3, attention_axes=axes, name="it")
    with pytest.raises(ConfigurationError) as caught:
        layer(Input((5, 4)), Input((5, 4)))
    for fact in ("it", "attention_axes", str(axes)):
        assert fact in str(caught.value)


def test_an_axis_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match=r"it.*attention_axes.*received 5"):
        kl.MultiHeadAttention(2, 3, attention_axes=5, name="it")(Input((5, 4)), Input((5, 4)))


def test_groups_take_three_axes_only() -> None:
    with pytest.raises(ConfigurationError, match=r"it.*steps.*4 axes.*MultiHeadAttention"):
        kl.GroupQueryAttention(3, 2, 1, name="it")(Input((5, 4, 3)), Input((5, 4, 3)))


def test_no_other_sizes_once_built() -> None:
    layer = kl.MultiHeadAttention(2, 3, name="it")
    x = np.ones((2, 4, 5), "float32")
    layer(x, x)
    for query, value in ((x[..., :3], x), (x, x[..., :3])):
        with pytest.raises(ShapeError, match=r"it.*size 5, received 3"):
            layer(query, value)


def test_masks_of_another_form() -> None:
    x = np.ones((2, 4, 5), "float32")
    with pytest.raises(ShapeError, match=r"it.*mask of the query, mask of the value"):
        kl.Attention(name="it")([x, x], mask=[np.ones((2, 4), bool)])


def test_a_layer_without_a_kernel() -> None:
    with pytest.raises(ConfigurationError, match=r"it.*'kernel'.*'embeddings'.*ReLU"):
        kl.SpectralNormalization(kl.ReLU(), name="it")(np.ones((2, 3), "float32"))


def test_dot_product_attention_names_all_shapes() -> None:
    x = np.ones((2, 5, 4, 3), "float32")
    for key in (x[..., :2], x[:, :, :3], x[0]):
        with pytest.raises(ShapeError) as caught:
            ops.dot_product_attention(x, key, key)
        assert "(2, 5, 4, 3)" in str(caught.value)
        assert str(key.shape) in str(caught.value)
