"""What layers share that project their inputs to heads, attend, and project back."""

from __future__ import annotations

import math
from typing import Any

from kcore import Layer, backend, constraints, initializers, ops, random, regularizers, shapes
from kcore.arguments import number, whole
from kcore.errors import ShapeError
from kcore.graph.symbolic import SymbolicTensor
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.attention.layout import HeadLayout, both
from klayers.core.einsum_dense import EinsumDense


class BaseHeads(Layer):
    """Projections of query, key and value to heads, attention, and a projection of the result.

    A subclass says how many heads there are and keeps the projections under its own names, those
    that files of Keras use.
    """

    supports_masking = True

    def __init__(
        self,
        dropout: float,
        use_bias: bool,
        sliding_window: int | None,
        flash_attention: bool | None,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        use_gate: bool,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.dropout = number(dropout, "dropout", owner, low=0, high=1)
        self.use_bias = use_bias
        self.sliding_window = (
            None if sliding_window is None else whole(sliding_window, "sliding_window", owner, 1)
        )
        self.flash_attention = flash_attention
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.use_gate = use_gate
        self.seed = seed
        if self.dropout:
            self.seed_generator = random.SeedGenerator(seed)

    # What a subclass says

    def layers_of(self) -> tuple[Any, Any, Any, Any, Any]:
        """The projections of query, key and value, the gate's or None, and the result's."""
        raise NotImplementedError(f"{type(self).__name__}.layers_of")

    def attention_axes_of(self, rank: int) -> tuple[int, ...]:
        """The axes that attention runs over, counted from the front."""
        raise NotImplementedError(f"{type(self).__name__}.attention_axes_of")

    # Building

    def check_shapes(self, query: Shape, value: Shape, key: Shape) -> None:
        """Compares the shapes with each other.

        Raises:
            ShapeError: if they do not fit together.
        """
        free = [a for a in range(len(query) - 1) if a not in self.attention_axes_of(len(query))]
        fits = len(query) == len(value) == len(key) and (
            shapes.compatible(key[:-1], value[:-1])
            and all(shapes.compatible((query[a],), (key[a],)) for a in free)
        )
        if not fits:
            raise ShapeError(
                f"{self._describe()}: query, value and key must have the same axes, key and value "
                f"the same steps; received query {shapes.describe(query)}, value "
                f"{shapes.describe(value)} and key {shapes.describe(key)}. The order of the "
                "arguments is query, value, key."
            )

    def fix_inputs(self, query: Shape) -> None:
        """From now on only queries with as many axes and features."""
        self.input_spec = InputSpec(ndim=len(query), axes={-1: query[-1]})

    def to_heads(self, name: str, shape: Shape, heads: int, features: int) -> EinsumDense:
        """A built projection of (..., features of the input) to (..., heads, features)."""
        lead = "abcdefghijklm"[: len(shape) - 1]
        sizes = (*(None for _ in lead[1:]), heads, features)
        return self._projection(name, f"{lead}z,zxy->{lead}xy", sizes, "xy", shape, True)

    def from_heads(self, name: str, shape: Shape, output: Shape) -> EinsumDense:
        """A built projection of (..., heads, features) to (..., *output)."""
        lead = "abcdefghijklm"[: len(shape) - 2]
        made = "nopqrstuvw"[: len(output)]
        sizes = (*(None for _ in lead[1:]), *output)
        return self._projection(name, f"{lead}xy,xy{made}->{lead}{made}", sizes, made, shape, False)

    def _projection(
        self, name: str, equation: str, sizes: Shape, bias: str, shape: Shape, regularized: bool
    ) -> EinsumDense:
        layer = EinsumDense(
            equation,
            sizes,
            bias_axes=bias if self.use_bias else None,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            # the result's projection is regularized as the output of the layer itself
            activity_regularizer=self.activity_regularizer if regularized else None,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build_once(shape)
        for weight in layer.weights:
            weight.path = f"{self.name}/{weight.path}"
        return layer

    # Calling

    def call(  # type: ignore[override]  # three inputs, as in Keras
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor | None = None,
        query_mask: Tensor | None = None,
        value_mask: Tensor | None = None,
        key_mask: Tensor | None = None,
        attention_mask: Tensor | None = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """What the queries gather of the values.

        Args:
            query: (batch, query steps, features).
            value: (batch, steps, features).
            key: (batch, steps, features); `value` if None.
            query_mask: (batch, query steps); the mask that travels with `query` if None.
            value_mask: (batch, steps); the mask that travels with `value` if None.
            key_mask: (batch, steps); the mask that travels with `key` if None.
            attention_mask: True where a query sees a key: (batch, query steps, steps), or with an
                axis of heads behind the batch.
            return_attention_scores: whether the shares (batch, heads, query steps, steps) are given
                as a second result, as they are before dropout.
            training: whether dropout acts on the shares.
            use_causal_mask: whether a query sees no later steps.
        """
        key = value if key is None else key
        self.check_shapes(*(tuple(x.shape) for x in (query, value, key)))
        rank = len(query.shape)
        layout = HeadLayout(self.attention_axes_of(rank), rank)
        seen = both(
            layout.seen_steps(
                ((query, query_mask, -1), (value, value_mask, -2), (key, key_mask, -2))
            ),
            self._visible(layout, query, key, use_causal_mask),
            None if attention_mask is None else layout.pair_mask(attention_mask),
        )
        query, value, key = (_without_mask(x) for x in (query, value, key))
        outputs, weights = self._attend(layout, query, value, key, seen, training)
        if return_attention_scores:
            return outputs, layout.scores(weights, query, key)
        return outputs

    def _attend(
        self,
        layout: HeadLayout,
        query: Tensor,
        value: Tensor,
        key: Tensor,
        seen: Tensor | None,
        training: bool,
    ) -> tuple[Tensor, Tensor]:
        """The outputs, and the shares over steps before any of them is dropped."""
        to_query, to_key, to_value, to_gate, back = self.layers_of()
        heads = layout.split(to_query(query)), layout.split(to_key(key))
        scale = 1 / math.sqrt(to_query.kernel.shape[-1])
        weights = backend.attention.shares(backend.attention.logits(*heads, scale), seen)
        kept = weights
        if training and self.dropout:
            kept = random.dropout(weights, self.dropout, None, self.seed_generator)
        mixed = backend.attention.mix(kept, layout.split(to_value(value)))
        outputs = layout.join(mixed, query)
        if to_gate is not None:
            outputs = outputs * ops.sigmoid(to_gate(query))
        return back(outputs), weights

    def _visible(
        self, layout: HeadLayout, query: Tensor, key: Tensor, causal: bool
    ) -> Tensor | None:
        if not causal and self.sliding_window is None:
            return None
        rows, columns = (math.prod(layout.steps(x)) for x in (query, key))
        return backend.attention.visible(rows, columns, causal, self.sliding_window)

    # Shapes and masks

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs; two if the scores are asked for."""
        given = dict(zip(self._call_names, args, strict=False)) | kwargs
        query, value = given["query"], given["value"]
        key = given.get("key")
        key = value if key is None else key
        parts = [tuple(x.shape) for x in (query, value, key)]
        outputs = SymbolicTensor(self.compute_output_shape(*parts), self.compute_dtype)
        if not given.get("return_attention_scores"):
            return outputs
        layout = HeadLayout(self.attention_axes_of(len(parts[0])), len(parts[0]))
        others = [parts[0][a] for a in layout.others]
        steps = [shape[a] for shape in (parts[0], parts[2]) for a in layout.axes]
        heads = self.layers_of()[0].kernel.shape[1]
        return outputs, SymbolicTensor((*others, heads, *steps), self.compute_dtype)

    def output_mask(self, inputs: Any, outputs: Any, previous_mask: Any) -> Any:
        """The query's for the result, none for the scores."""
        mask = self.compute_mask(inputs, previous_mask)
        return [mask, None] if isinstance(outputs, (list, tuple)) else mask


def _without_mask(x: Tensor) -> Tensor:
    """The tensor for a projection, which has no use for its mask."""
    return x if backend.tensor.get_mask(x) is None else backend.tensor.identity(x)
