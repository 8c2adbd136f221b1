"""HashedCrossing: combinations of categories spread over a fixed number of bins."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops
from kcore.arguments import whole
from kcore.errors import ShapeError
from kcore.typing import Shape, Tensor
from klayers.preprocessing import encoding
from klayers.preprocessing.base import PreprocessingLayer, is_plain


class HashedCrossing(PreprocessingLayer):
    """The bin of the combination of several categories of one sample.

    The FarmHash64 fingerprints of the elements are joined one after the other, modulo the number of
    bins.

    Args:
        num_bins: number of bins.
        output_mode: "int" (the bin, int64) or "one_hot".
        sparse: False only.
        **kwargs: see Layer; dtype is int64 for "int" unless given.

    Shapes:
        a list of at least two inputs of text or whole numbers, each (batch,) or (batch, 1); output
        the same for "int", (batch, num_bins) for "one_hot".

    Raises:
        ShapeError: if the inputs are no list of at least two, or differ in shape.

    Example:
        >>> HashedCrossing(5)([["a", "b"], [1, 2]]).numpy().tolist()
        [0, 2]
    """

    def __init__(
        self, num_bins: int, output_mode: str = "int", sparse: bool = False, **kwargs: Any
    ) -> None:
        if output_mode == "int" and kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64"
        super().__init__(**kwargs)
        encoding.refuse("HashedCrossing", sparse=sparse)
        self.num_bins = whole(num_bins, "num_bins", "HashedCrossing", 1)
        self.output_mode = encoding.check_mode(output_mode, "HashedCrossing", ("int", "one_hot"))
        self.sparse = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], (list, tuple)):
            columns = [backend.tensor.convert(x) if is_plain(x) else x for x in args[0]]
            args = (columns, *args[1:])
        return super().__call__(*args, **kwargs)

    def call(self, inputs: Any) -> Tensor:
        """The bins, in the form of `output_mode`."""
        shape = self._common_shape([tuple(x.shape) for x in _listed(inputs)])
        index = backend.text.cross(list(inputs), self.num_bins)
        index = ops.reshape(index, [-1, *shape[1:]] if shape else [])
        dtype = self.compute_output_dtype(inputs)
        if self.output_mode == "int":
            return ops.cast(index, dtype)
        return encoding.encode(index, "one_hot", self.num_bins, dtype)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The inputs', or with the bins as last axis."""
        shape = self._common_shape(_listed(input_shape))
        return encoding.encoded_shape(shape, self.output_mode, self.num_bins)

    def compute_output_dtype(self, inputs: Any) -> str:
        """The layer's dtype."""
        return self.compute_dtype

    def _common_shape(self, found: list[Any]) -> Shape:
        ranks = {len(s) if isinstance(s, (list, tuple)) else None for s in found}
        fits = len(found) > 1 and len(ranks) == 1 and ranks <= {0, 1, 2}
        if not fits or (ranks == {2} and any(s[1] != 1 for s in found)):
            raise ShapeError(
                f"{self._describe()} takes a list of at least two inputs, each of shape (batch,) "
                f"or (batch, 1); received {found}."
            )
        return tuple(found[0])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
