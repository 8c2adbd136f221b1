"""GroupedQueryAttention: several query heads share the keys and values of one head."""

from __future__ import annotations

from typing import Any

from kcore.arguments import whole
from kcore.errors import ConfigurationError
from kcore.typing import Shape
from klayers.attention.base_heads import BaseHeads


class GroupedQueryAttention(BaseHeads):
    """MultiHeadAttention with fewer heads for key and value than for the query.

    Neighbouring query heads share a key and a value head. With one such head this is multi-query
    attention, with as many as query heads it is MultiHeadAttention. Ainslie et al., GQA, 2023. The
    call takes value before key: `layer(query, value, key)`.

    Args:
        head_dim: features of a head.
        num_query_heads: at least 1.
        num_key_value_heads: a divisor of num_query_heads.
        dropout: probability that a share is dropped in training, from 0 to 1.
        use_bias: whether the projections add a bias.
        sliding_window: a query sees keys nearer than this only; all if None.
        flash_attention: taken for the sake of other backends; this one has a single way.
        kernel_initializer: first values of the kernels.
        bias_initializer: first values of the biases.
        kernel_regularizer: adds to the loss from the kernels.
        bias_regularizer: adds to the loss from the biases.
        activity_regularizer: adds to the loss from the projections and the outputs.
        kernel_constraint: applied to the kernels after each update.
        bias_constraint: applied to the biases after each update.
        use_gate: whether the heads are multiplied by the sigmoid of a further projection of the
            query.
        seed: of dropout; drawn from the global stream if None.
        **kwargs: see Layer.

    Shapes:
        query (batch, query steps, features), value and key (batch, steps, features); output as the
        query; weights: kernel (features, heads, head_dim) and bias (heads, head_dim) of query, key,
        gate and value, then kernel (query heads, head_dim, features) and bias of the output.

    Raises:
        ConfigurationError: if an argument can never work, or the heads do not divide.
        ShapeError: if query, value and key do not fit together.

    Example:
        >>> layer = GroupedQueryAttention(head_dim=16, num_query_heads=4, num_key_value_heads=2)
        >>> layer.compute_output_shape((None, 7, 32), (None, 9, 24))
        (None, 7, 32)
    """

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            dropout,
            use_bias,
            sliding_window,
            flash_attention,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            use_gate,
            seed,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        owner = "GroupedQueryAttention"
        self.head_dim = whole(head_dim, "head_dim", owner, 1)
        self.num_query_heads = whole(num_query_heads, "num_query_heads", owner, 1)
        self.num_key_value_heads = whole(num_key_value_heads, "num_key_value_heads", owner, 1)
        if self.num_query_heads % self.num_key_value_heads:
            raise ConfigurationError(
                f"{owner}: num_key_value_heads must divide num_query_heads; received "
                f"{num_key_value_heads} and {num_query_heads}."
            )

    def build(  # type: ignore[override]  # three inputs, as in Keras
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> None:
        """Makes the projections for the numbers of features."""
        key_shape = value_shape if key_shape is None else key_shape
        self.check_shapes(query_shape, value_shape, key_shape)
        heads, fewer, features = self.num_query_heads, self.num_key_value_heads, self.head_dim
        self._query_dense = self.to_heads("query", query_shape, heads, features)
        self._key_dense = self.to_heads("key", key_shape, fewer, features)
        self._gate_dense = None
        if self.use_gate:
            self._gate_dense = self.to_heads("gate", query_shape, heads, features)
        self._value_dense = self.to_heads("value", value_shape, fewer, features)
        mixed = (*query_shape[:-1], heads, features)
        self._output_dense = self.from_heads("attention_output", mixed, query_shape[-1:])
        self.fix_inputs(query_shape)

    def layers_of(self) -> tuple[Any, Any, Any, Any, Any]:
        """The projections."""
        inner = self._query_dense, self._key_dense, self._value_dense
        return (*inner, self._gate_dense, self._output_dense)

    def attention_axes_of(self, rank: int) -> tuple[int, ...]:
        """The steps, the only axis between the batch and the features."""
        if rank != 3:
            raise ConfigurationError(
                f"{self._describe()} takes query, value and key with 3 axes (batch, steps, "
                f"features); received {rank} axes. MultiHeadAttention takes more."
            )
        return (1,)

    def compute_output_shape(  # type: ignore[override]  # three inputs, as in Keras
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> Shape:
        """The query's."""
        self.check_shapes(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return query_shape
