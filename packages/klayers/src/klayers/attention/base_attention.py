"""What layers share that attend without projections."""

from __future__ import annotations

from typing import Any

from kcore import Layer, backend, ops, random, shapes
from kcore.arguments import number
from kcore.errors import ShapeError
from kcore.graph.symbolic import SymbolicTensor, shape_tree
from kcore.typing import Shape, Tensor


class BaseAttention(Layer):
    """Sums of the values by the softmax of scores, which a subclass computes."""

    supports_masking = True

    def __init__(self, dropout: float, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dropout = number(dropout, "dropout", type(self).__name__, low=0, high=1)
        self.seed = seed
        if self.dropout:
            self.seed_generator = random.SeedGenerator(seed)

    def score(self, query: Tensor, key: Tensor) -> Tensor:
        """How well each query meets each key, (batch, query steps, steps)."""
        raise NotImplementedError(f"{type(self).__name__}.score")

    def call(
        self,
        inputs: list[Tensor],
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """What the queries gather of the values.

        Args:
            inputs: [query, value] or [query, value, key]; `value` is the key if there is none.
            mask: [mask of the query, mask of the value], (batch, steps) each, either may be None;
                where the query's is False the result is 0, where the value's is False nothing is
                gathered.
            training: whether dropout acts on the shares.
            return_attention_scores: whether the shares (batch, query steps, steps) are given as a
                second result, as they are after dropout.
            use_causal_mask: whether a query sees no later steps.
        """
        self._check(shape_tree(inputs))
        query_mask, value_mask = self._split(mask)
        query, value, key = (*inputs, inputs[1])[:3]
        scores = self.score(query, key)
        seen = None if value_mask is None else ops.expand_dims(ops.cast(value_mask, "bool"), -2)
        if use_causal_mask:
            sizes = ops.shape(scores)
            earlier = backend.attention.visible(sizes[-2], sizes[-1], True, None)
            seen = earlier if seen is None else ops.logical_and(seen, earlier)
        weights = backend.attention.shares(scores, seen)
        if training and self.dropout:
            weights = random.dropout(weights, self.dropout, None, self.seed_generator)
        outputs = ops.matmul(weights, value)
        if query_mask is not None:
            outputs = outputs * ops.expand_dims(ops.cast(query_mask, self.compute_dtype), -1)
        return (outputs, weights) if return_attention_scores else outputs

    def _split(self, mask: Any) -> tuple[Any, Any]:
        """The masks of query and value."""
        if mask is None:
            return None, None
        if not isinstance(mask, (list, tuple)) or len(mask) not in (2, 3):
            raise ShapeError(
                f"{self._describe()}: mask must be a list [mask of the query, mask of the value], "
                f"either may be None; received {mask!r}."
            )
        return mask[0], mask[1]

    def _check(self, given: Any) -> None:
        """Compares the shapes of the inputs with each other."""
        several = isinstance(given, (list, tuple)) and all(
            isinstance(s, (list, tuple)) and len(s) > 1 for s in given
        )
        if not several or len(given) not in (2, 3):
            raise ShapeError(
                f"{self._describe()} takes a list [query, value] or [query, value, key] of tensors "
                f"with steps and features; received shape(s) {given}."
            )
        query, value, key = (tuple(s) for s in (*given, given[1])[:3])
        fits = len(query) == len(value) == len(key) and (
            shapes.compatible((*query[:-2], query[-1]), (*key[:-2], key[-1]))
            and shapes.compatible(key[:-1], value[:-1])
        )
        if not fits:
            raise ShapeError(
                f"{self._describe()}: query and key must have the same features, key and value the "
                f"same steps; received query {shapes.describe(query)}, value "
                f"{shapes.describe(value)} and key {shapes.describe(key)}. Bring query and key to "
                "the same number of features with Dense, or use MultiHeadAttention."
            )

    def compute_output_shape(self, input_shape: list[Shape]) -> Shape:
        """The query's, with the features of the value."""
        self._check(input_shape)
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs; two if the scores are asked for."""
        given = dict(zip(self._call_names, args, strict=False)) | kwargs
        parts = shape_tree(given["inputs"])
        outputs = SymbolicTensor(self.compute_output_shape(parts), self.compute_dtype)
        if not given.get("return_attention_scores"):
            return outputs
        scores = (*parts[0][:-1], parts[-1][-2])
        return outputs, SymbolicTensor(scores, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The query's."""
        return previous_mask[0] if isinstance(previous_mask, (list, tuple)) else None

    def output_mask(self, inputs: Any, outputs: Any, previous_mask: Any) -> Any:
        """The query's for the result, none for the scores."""
        mask = self.compute_mask(inputs, previous_mask)
        return [mask, None] if isinstance(outputs, (list, tuple)) else mask
