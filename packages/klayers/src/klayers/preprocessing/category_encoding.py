"""CategoryEncoding: numbers of categories as one-hot or multi-hot rows, or counts."""

from __future__ import annotations

from typing import Any

from kcore import ops
from kcore.arguments import whole
from kcore.errors import ConfigurationError, ShapeError
from kcore.typing import Shape, Tensor
from klayers.preprocessing import encoding
from klayers.preprocessing.base import PreprocessingLayer


class CategoryEncoding(PreprocessingLayer):
    """Whole numbers from 0 to num_tokens - 1 as rows of num_tokens numbers.

    Args:
        num_tokens: how many categories there are.
        output_mode: "multi_hot" (default; 1 for each category in the last axis), "one_hot" (a row
            for each number) or "count" (how often each occurs in the last axis).
        sparse: False only.
        **kwargs: see Layer.

    Shapes:
        input (..., n); output (..., num_tokens), for "one_hot" (..., n, num_tokens) unless n is 1.

    Raises:
        ConfigurationError: if num_tokens is missing or the mode unknown.
        DataError: if a number is negative or not below num_tokens.

    Example:
        >>> CategoryEncoding(4, output_mode="count")([[1, 1, 3]]).numpy().tolist()
        [[0.0, 2.0, 0.0, 1.0]]
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        encoding.refuse("CategoryEncoding", sparse=sparse)
        self.num_tokens = whole(num_tokens, "num_tokens", "CategoryEncoding", 1)
        self.output_mode = encoding.check_mode(output_mode, "CategoryEncoding", encoding.MODES[1:])
        self.sparse = False

    def call(self, inputs: Tensor, count_weights: Any = None) -> Tensor:
        """The rows.

        Args:
            inputs: numbers of categories.
            count_weights: for "count", what each occurrence counts; broadcast to the inputs.
        """
        index = ops.cast(inputs, "int64")
        encoding.require_below(index, self.num_tokens, self._describe(), "num_tokens")
        if count_weights is not None:
            count_weights = self._weights(count_weights, inputs)
        return encoding.encode(
            index, self.output_mode, self.num_tokens, self.compute_dtype, count_weights
        )

    def _weights(self, weights: Any, inputs: Tensor) -> Tensor:
        if self.output_mode != "count":
            raise ConfigurationError(
                f"{self._describe()}: count_weights needs output_mode='count'; it is "
                f"{self.output_mode!r}."
            )
        weights = ops.cast(weights, self.compute_dtype)
        try:
            return weights * ops.ones_like(inputs, dtype=self.compute_dtype)
        except (ValueError, TypeError, ArithmeticError):
            raise ShapeError(
                f"{self._describe()}: count_weights of shape {tuple(weights.shape)} does not fit "
                f"the inputs of shape {tuple(inputs.shape)}; give one weight for each number."
            ) from None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The categories as last axis."""
        return encoding.encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def compute_output_dtype(self, inputs: Any) -> str:
        """The compute dtype."""
        return self.compute_dtype
