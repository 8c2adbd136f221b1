"""Cases of the conformance tests: layers in which steps look at steps."""

from __future__ import annotations

from typing import Any

import klayers as kl
from kcore import Layer, components

STEPS, OTHERS, IMAGE = (5, 6), (4, 6), (3, 4, 6)


class OfList(Layer):
    """Calls a layer that takes query, value and key one by one with a list of them."""

    supports_masking = True

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = components.get("layer", layer, "OfList") if isinstance(layer, dict) else layer

    def build(self, input_shape: Any) -> None:
        shapes = input_shape if isinstance(input_shape, list) else [input_shape] * 2
        others = dict(zip(("value_shape", "key_shape"), shapes[1:], strict=False))
        self.layer.build_once(shapes[0], **others)
        self.input_spec = None if isinstance(input_shape, list) else self.layer.input_spec

    def call(self, inputs: Any, **options: Any) -> Any:
        parts = inputs if isinstance(inputs, list) else [inputs, inputs]
        return self.layer(*parts, **options)

    def compute_output_shape(self, input_shape: Any) -> Any:
        shapes = input_shape if isinstance(input_shape, list) else [input_shape] * 2
        return self.layer.compute_output_shape(*shapes)


def _heads(*args: Any, **options: Any) -> Any:
    return OfList(kl.MultiHeadAttention(*args, **options))


def _groups(*args: Any, **options: Any) -> Any:
    return OfList(kl.GroupQueryAttention(*args, **options))


CAUSAL = {"use_causal_mask": True}

# name, how to make it, shape of the input without the batch, dtype of the input, and where needed
# further arguments of the call and reasons of known failures
CASES: list[tuple[Any, ...]] = [
    ("attention", lambda: kl.Attention(), [STEPS, OTHERS], "float32"),
    ("attention_scale", lambda: kl.Attention(True), [STEPS, (4, 3), OTHERS], "float32", CAUSAL),
    ("attention_concat", lambda: kl.Attention(True, "concat", 0.2), [STEPS, OTHERS], "float32"),
    ("additive_attention", lambda: kl.AdditiveAttention(), [STEPS, OTHERS], "float32"),
    (
        "additive_attention_plain",
        lambda: kl.AdditiveAttention(False, 0.2),
        [STEPS, OTHERS],
        "float32",
        CAUSAL,
    ),
    ("einsum_dense", lambda: kl.EinsumDense("ab,bc->ac", 4, "relu", "c"), (6,), "float32"),
    (
        "einsum_dense_heads",
        lambda: kl.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"),
        STEPS,
        "float32",
    ),
    ("einsum_dense_left", lambda: kl.EinsumDense("...x,xy->...y", 4), IMAGE, "float32"),
    (
        "einsum_dense_right",
        lambda: kl.EinsumDense("ab...,bc->ac...", 4, bias_axes="c"),
        IMAGE,
        "float32",
    ),
    (
        "einsum_dense_steps",
        lambda: kl.EinsumDense("abc,bcd->abd", (5, 3), bias_axes="bd"),
        STEPS,
        "float32",
    ),
    ("multi_head_attention", lambda: _heads(2, 3), STEPS, "float32"),
    ("multi_head_attention_three", lambda: _heads(2, 3, 4), [STEPS, (4, 7), OTHERS], "float32"),
    (
        "multi_head_attention_all",
        lambda: _heads(2, 3, 4, 0.2, False, (3, 5), sliding_window=2, use_gate=True),
        [STEPS, OTHERS],
        "float32",
        CAUSAL,
    ),
    ("multi_head_attention_image", lambda: _heads(2, 3, use_gate=True), IMAGE, "float32"),
    ("multi_head_attention_axis", lambda: _heads(2, 3, attention_axes=2), IMAGE, "float32", CAUSAL),
    ("group_query_attention", lambda: _groups(3, 4, 2), [STEPS, OTHERS], "float32"),
    (
        "group_query_attention_all",
        lambda: _groups(3, 4, 1, 0.2, use_gate=True, sliding_window=3),
        STEPS,
        "float32",
    ),
]
