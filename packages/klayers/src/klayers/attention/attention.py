"""Attention: every step of the query gathers the values whose keys are like it."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops
from kcore.arguments import choice
from kcore.typing import Tensor
from klayers.attention.base_attention import BaseAttention


class Attention(BaseAttention):
    """softmax(score of query and key) . value.

    The score is query . key ("dot"), or the sum of tanh(query + key) over the features ("concat").
    Luong et al., Effective Approaches to Attention-based Neural Machine Translation, 2015.

    Args:
        use_scale: whether the score is multiplied by a weight; for "concat" the sum inside tanh is.
        score_mode: "dot" or "concat".
        dropout: probability that a share is dropped in training, from 0 to 1.
        seed: of dropout; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input [query (batch, query steps, features), value (batch, steps, value features), key
        (batch, steps, features)], the key may be left out; output (batch, query steps, value
        features); weights scale () and, for "concat", concat_score_weight ().

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the inputs do not fit together.

    Example:
        >>> Attention().compute_output_shape([(None, 7, 8), (None, 9, 8)])
        (None, 7, 8)
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.use_scale = use_scale
        self.score_mode = choice(score_mode, "score_mode", "Attention", ("dot", "concat"))

    def build(self, input_shape: Any) -> None:
        """Makes the weights that there are to be."""
        self._check(input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def score(self, query: Tensor, key: Tensor) -> Tensor:
        """How well each query meets each key."""
        scale = 1.0 if self.scale is None else ops.cast(self.scale, self.compute_dtype)
        if self.concat_score_weight is None:
            return backend.math.matmul(query * scale, key, transpose_b=True)
        both = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        total = ops.sum(ops.tanh(both * scale), -1)
        return total * ops.cast(self.concat_score_weight, self.compute_dtype)
