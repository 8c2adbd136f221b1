"""MultiHeadAttention: every step gathers what it needs of other steps, in several ways at once."""

from __future__ import annotations

from typing import Any

from kcore import shapes
from kcore.arguments import whole
from kcore.errors import ConfigurationError
from kcore.typing import Shape
from klayers.attention.base_heads import BaseHeads


class MultiHeadAttention(BaseHeads):
    """Heads softmax(query . key / sqrt(key_dim)) . value, side by side, projected together.

    Query, key and value are first projected to `num_heads` heads. Vaswani et al., Attention Is All
    You Need, 2017. The call takes value before key: `layer(query, value, key)`.

    Args:
        num_heads: at least 1.
        key_dim: features of a head's query and key.
        value_dim: features of a head's value; key_dim if None.
        dropout: probability that a share is dropped in training, from 0 to 1.
        use_bias: whether the projections add a bias.
        output_shape: last sizes of the output, one number or several; the query's last if None.
        attention_axes: axes of the steps; all but the batch and the features if None.
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
        query (batch, query steps, features), value and key (batch, steps, features), which may have
        other features; output (batch, query steps, features of the query); weights: kernel
        (features, heads, features of a head) and bias (heads, features of a head) of query, key,
        gate and value, then kernel (heads, features of a head, *output) and bias of the output.

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if query, value and key do not fit together.

    Example:
        >>> layer = MultiHeadAttention(num_heads=4, key_dim=16)
        >>> layer.compute_output_shape((None, 7, 32), (None, 9, 24))
        (None, 7, 32)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
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
        owner = "MultiHeadAttention"
        self.num_heads = whole(num_heads, "num_heads", owner, 1)
        self.key_dim = whole(key_dim, "key_dim", owner, 1)
        self.value_dim = self.key_dim
        if value_dim is not None:
            self.value_dim = whole(value_dim, "value_dim", owner, 1)
        self.output_shape = None
        if output_shape is not None:
            self.output_shape = shapes.standardize(output_shape, f"{owner}: output_shape")
        self.attention_axes = _axes(attention_axes)

    def build(  # type: ignore[override]  # three inputs, as in Keras
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> None:
        """Makes the projections for the numbers of features."""
        key_shape = value_shape if key_shape is None else key_shape
        self.check_shapes(query_shape, value_shape, key_shape)
        heads = self.num_heads
        self.query_dense = self.to_heads("query", query_shape, heads, self.key_dim)
        self.key_dense = self.to_heads("key", key_shape, heads, self.key_dim)
        self._gate_dense = None
        if self.use_gate:
            self._gate_dense = self.to_heads("gate", query_shape, heads, self.value_dim)
        self.value_dense = self.to_heads("value", value_shape, heads, self.value_dim)
        mixed = (*query_shape[:-1], heads, self.value_dim)
        output = self.output_shape or query_shape[-1:]
        self.output_dense = self.from_heads("attention_output", mixed, output)
        self.fix_inputs(query_shape)

    def layers_of(self) -> tuple[Any, Any, Any, Any, Any]:
        """The projections."""
        inner = self.query_dense, self.key_dense, self.value_dense
        return (*inner, self._gate_dense, self.output_dense)

    def attention_axes_of(self, rank: int) -> tuple[int, ...]:
        """The axes of the steps."""
        owner = f"{self._describe()}: attention_axes"
        axes = tuple(range(1, rank - 1)) if self.attention_axes is None else self.attention_axes
        found = shapes.normalize_axes(axes, rank, owner)
        if {0, rank - 1} & set(found) or len(set(found)) < len(found):
            raise ConfigurationError(
                f"{owner} must be different axes between the batch (0) and the features "
                f"({rank - 1}); received {self.attention_axes}."
            )
        return found

    def compute_output_shape(  # type: ignore[override]  # three inputs, as in Keras
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> Shape:
        """The query's, with `output_shape` as its last sizes."""
        self.check_shapes(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return (*query_shape[:-1], *(self.output_shape or query_shape[-1:]))


def _axes(axes: Any) -> tuple[int, ...] | None:
    if axes is None:
        return None
    given = (axes,) if hasattr(axes, "__index__") else tuple(axes)
    if not given or not all(hasattr(a, "__index__") for a in given):
        raise ConfigurationError(
            f"MultiHeadAttention: attention_axes must be whole numbers; received {axes!r}."
        )
    return tuple(int(a) for a in given)
