"""Embedding: a row of weights for each whole number."""

from __future__ import annotations

from typing import Any

from kcore import Layer, constraints, initializers, ops, regularizers, shapes
from kcore.errors import ShapeError
from kcore.typing import Shape, Tensor

# the dtypes that rows are looked up by as they are
_INDICES = frozenset({"int16", "int32", "int64"})


class Embedding(Layer):
    """A row of weights for each whole number.

    Args:
        input_dim: how many numbers there are, 0 to input_dim - 1.
        output_dim: length of a row.
        embeddings_initializer: first values of the rows.
        embeddings_regularizer: adds to the loss from the rows.
        embeddings_constraint: applied to the rows after each update.
        mask_zero: whether 0 is padding, masked in the layers behind.
        input_length: length of the sequences, checked if given.
        **kwargs: see Layer; `weights=[array]` gives the first values.

    Shapes: input (batch, ...) of whole numbers, output (batch, ..., output_dim); weight embeddings
        (input_dim, output_dim).

    Raises:
        ConfigurationError: if a size is not positive.

    Example:
        >>> Embedding(100, 8).compute_output_shape((None, 20))
        (None, 20, 8)
    """

    takes_several = False

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        if input_length is not None and "input_shape" not in kwargs:
            kwargs.setdefault("batch_input_shape", (kwargs.pop("batch_size", None), input_length))
        super().__init__(**kwargs)
        self.input_dim = shapes.as_tuple(input_dim, 1, "Embedding: input_dim")[0]
        self.output_dim = shapes.as_tuple(output_dim, 1, "Embedding: output_dim")[0]
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = bool(mask_zero)
        self.input_length = input_length

    def build(self, input_shape: Shape) -> None:
        """Makes the rows."""
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, ...) to (batch, ..., output_dim)."""
        kind = str(getattr(inputs.dtype, "name", inputs.dtype))
        if kind not in _INDICES:
            inputs = ops.cast(inputs, "int64" if kind in ("uint32", "uint64") else "int32")
        rows = ops.lookup(self.embeddings, inputs)
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """True where the number is not 0, if `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """One more axis, of size `output_dim`."""
        if self.input_length is not None and input_shape[-1] not in (None, self.input_length):
            raise ShapeError(
                f"Layer {self.name!r} (Embedding) was given input_length={self.input_length}; the "
                f"input has shape {tuple(input_shape)}."
            )
        return (*input_shape, self.output_dim)
