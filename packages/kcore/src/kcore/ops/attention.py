"""Attention as one operation."""

from __future__ import annotations

import math
from typing import Any

from kcore import backend, shapes
from kcore.errors import ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.ops import shape_rules as rules
from kcore.ops.operation import operation
from kcore.typing import Shape, Tensor

__all__ = ["dot_product_attention"]


def _rule(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> SymbolicTensor:
    (query_shape, dtype), (key_shape, _k), (value_shape, _v) = map(rules.spec, (query, key, value))
    _check(query_shape, key_shape, value_shape)
    return rules.make((*query_shape[:-1], value_shape[-1]), dtype)


def _check(query: Shape, key: Shape, value: Shape) -> None:
    fits = len(query) == len(key) == len(value) == 4 and (
        shapes.compatible((query[0], query[3]), (key[0], key[3]))
        and shapes.compatible(key[:3], value[:3])
        and (None in (query[2], key[2]) or query[2] % max(key[2], 1) == 0)  # type: ignore[operator, type-var]
    )
    if not fits:
        raise ShapeError(
            "dot_product_attention expects query (batch, query steps, heads, features), key "
            "(batch, steps, key heads, features) and value (batch, steps, key heads, any), where "
            f"key heads divide heads; received {query}, {key} and {value}."
        )


@operation(_rule)
def dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor | None = None,
    mask: Tensor | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """softmax(query . key * scale + bias) . value, head by head.

    Vaswani et al., Attention Is All You Need, 2017.

    Args:
        query: (batch, query steps, heads, features).
        key: (batch, steps, key heads, features); if there are fewer key heads than heads,
            neighbouring heads share one.
        value: (batch, steps, key heads, value features).
        bias: added to the scores (batch, heads, query steps, steps), broadcast.
        mask: booleans that broadcast to the scores; True where a query sees a key. A query that
            sees none gets the mean of all values.
        scale: factor of the products; 1 / sqrt(features) if None.
        is_causal: whether a query sees no later steps.
        flash_attention: taken for the sake of other backends; this one has a single way.
        attn_logits_soft_cap: bounds the scores softly; None for no bound.

    Returns:
        (batch, query steps, heads, value features).

    Raises:
        ShapeError: if the shapes do not fit together.

    Example:
        >>> from kcore import ops
        >>> x = ops.ones((2, 5, 4, 8))
        >>> tuple(ops.dot_product_attention(x, x, x).shape)
        (2, 5, 4, 8)
    """
    tensors = [backend.tensor.convert(x) for x in (query, key, value)]
    _check(*(tuple(t.shape) for t in tensors))
    heads = [backend.math.transpose(t, (0, 2, 1, 3)) for t in tensors]
    features = tensors[0].shape[-1]
    factor = 1 / math.sqrt(features) if scale is None else scale
    scores = backend.attention.logits(heads[0], heads[1], factor, attn_logits_soft_cap)
    seen = None if mask is None else backend.tensor.cast(backend.tensor.convert(mask), "bool")
    if is_causal:
        sizes = backend.tensor.dynamic_shape(scores)
        earlier = backend.attention.visible(sizes[-2], sizes[-1], True, None)
        seen = earlier if seen is None else seen & earlier
    added = None if bias is None else backend.tensor.convert(bias)
    weights = backend.attention.shares(scores, seen, added)
    return backend.math.transpose(backend.attention.mix(weights, heads[2]), (0, 2, 1, 3))
