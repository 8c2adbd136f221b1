"""CRF: scores of a linear chain of tags; Viterbi: the likeliest tags for them."""

from __future__ import annotations

from typing import Any

from kcore import InputSpec, Layer, ops
from kcore_crf.chain import FORBIDDEN, viterbi


class CRF(Layer):
    """Scores of each pair of neighbouring tags, from features and trained transitions.

    The score of tag j at step t after tag i is `(x[t] @ kernel + bias)[j] + transitions[i, j]`, at
    the first step `(x[0] @ kernel + bias)[j] + start[j]`: the linear chain of Lafferty, McCallum
    and Pereira (2001). Sequences are padded at the end; padded steps are masked.

    Args:
        tags: number of tags, at least 2.
        **kwargs: those of every layer, such as `name` and `dtype`.

    Shapes:
        (batch, steps, features) to (batch, steps, tag before=tags, tag=tags).

    Raises:
        ValueError: if tags is not a whole number of at least 2.

    Example:
        >>> CRF(3).compute_output_shape((None, 7, 4))
        (None, 7, 3, 3)
    """

    def __init__(self, tags: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(tags, bool) or not isinstance(tags, int) or tags < 2:
            raise ValueError(
                f"CRF needs `tags` as a whole number of at least 2; received {tags!r}. Give the "
                "number of tags, for example CRF(5)."
            )
        self.tags = tags
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Any) -> None:
        """Makes kernel (features, tags), bias, start (tags,) and transitions (tags, tags)."""
        features = input_shape[-1]
        self.kernel = self.add_weight(
            name="kernel", shape=(features, self.tags), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.tags,), initializer="zeros")
        self.start = self.add_weight(name="start", shape=(self.tags,), initializer="zeros")
        self.transitions = self.add_weight(
            name="transitions", shape=(self.tags, self.tags), initializer="glorot_uniform"
        )
        self.input_spec = InputSpec(ndim=3, axes={-1: features})

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Maps (batch, steps, features) to (batch, steps, tags, tags)."""
        kernel, bias, start, transitions = (
            ops.cast(weight, self.compute_dtype)
            for weight in (self.kernel, self.bias, self.start, self.transitions)
        )
        unary = ops.expand_dims(ops.matmul(inputs, kernel) + bias, 2)
        first = unary[:, :1] + start + ops.zeros_like(transitions)
        scores = ops.concatenate([first, unary[:, 1:] + transitions], 1)
        if mask is None:
            return scores
        same = ops.eye(self.tags, dtype=self.compute_dtype)
        left_out = (1 - same) * FORBIDDEN
        return ops.where(mask[:, :, None, None], scores, left_out)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> None:
        """None: the scores tell which steps count."""

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """(batch, steps, tags, tags)."""
        return (*input_shape[:2], self.tags, self.tags)


class Viterbi(Layer):
    """The likeliest sequence of tags for the scores of a CRF layer (Viterbi, 1967).

    At steps that do not count the last tag is repeated.

    Args:
        **kwargs: those of every layer.

    Shapes:
        (batch, steps, tags, tags) to int32 (batch, steps).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Maps (batch, steps, tags, tags) to (batch, steps)."""
        return viterbi(inputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """(batch, steps)."""
        return tuple(input_shape[:2])

    def compute_output_dtype(self, inputs: Any) -> str:
        """int32."""
        return "int32"
