"""AdditiveAttention: attention whose score is a sum over the features."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.typing import Tensor
from klayers.attention.base_attention import BaseAttention


class AdditiveAttention(BaseAttention):
    """softmax(sum of scale * tanh(query + key)) . value, the sum over the features.

    Bahdanau et al., Neural Machine Translation by Jointly Learning to Align and Translate, 2014.

    Args:
        use_scale: whether each feature has a weight of its own in the sum.
        dropout: probability that a share is dropped in training, from 0 to 1.
        seed: of dropout; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        input [query (batch, query steps, features), value (batch, steps, value features), key
        (batch, steps, features)], the key may be left out; output (batch, query steps, value
        features); weight scale (features,).

    Raises:
        ConfigurationError: if dropout is no probability.
        ShapeError: if the inputs do not fit together.

    Example:
        >>> AdditiveAttention().compute_output_shape([(None, 7, 8), (None, 9, 8)])
        (None, 7, 8)
    """

    def __init__(
        self,
        use_scale: bool = True,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Makes the scale, if there is to be one."""
        self._check(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale")

    def score(self, query: Tensor, key: Tensor) -> Tensor:
        """How well each query meets each key."""
        both = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        if self.scale is None:
            return ops.sum(both, -1)
        # as a product with a column, which is faster than products and their sum
        column = ops.expand_dims(ops.cast(self.scale, self.compute_dtype), -1)
        return ops.squeeze(ops.matmul(both, column), -1)
