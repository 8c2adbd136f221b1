"""Hashing: text and whole numbers spread over a fixed number of bins."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops
from kcore.arguments import whole
from kcore.errors import ConfigurationError, DtypeError
from kcore.typing import Shape, Tensor
from klayers.preprocessing import encoding
from klayers.preprocessing.base import PreprocessingLayer


def hash_key(salt: Any, owner: str) -> tuple[int, int] | None:
    """The two numbers that a salt stands for, or None.

    Raises:
        ConfigurationError: if the salt is neither a whole number nor two of them.
    """
    if salt is None:
        return None
    parts = (salt, salt) if isinstance(salt, int) else tuple(salt) if _is_list(salt) else ()
    if len(parts) != 2 or any(not isinstance(p, int) or isinstance(p, bool) for p in parts):
        raise ConfigurationError(
            f"{owner}: salt must be a whole number or two of them; received {salt!r}."
        )
    return parts[0], parts[1]


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


class Hashing(PreprocessingLayer):
    """The bin that a hash of each element leads to; the same in every process, forever.

    Without a salt it is FarmHash64 of the text (of the decimal digits, for numbers), with a salt
    SipHash64 (Aumasson and Bernstein, 2012), modulo the number of bins.

    Args:
        num_bins: number of bins, the mask's included.
        mask_value: this element goes to bin 0 and nothing else does; None for no such element.
        salt: key of SipHash, a whole number or two; None for FarmHash.
        output_mode: "int" (the bin, int64), "one_hot", "multi_hot" or "count".
        sparse: False only.
        **kwargs: see Layer; dtype is int64 for "int" unless given.

    Shapes:
        input of any rank; output the same for "int", (..., num_bins) for the others.

    Raises:
        ConfigurationError: if an argument can never work.

    Example:
        >>> Hashing(3)(["a", "z"]).numpy().tolist()
        [0, 1]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        if output_mode == "int" and kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64"
        super().__init__(**kwargs)
        encoding.refuse("Hashing", sparse=sparse)
        self.num_bins = whole(num_bins, "num_bins", "Hashing", 1)
        if mask_value is not None and self.num_bins < 2:
            raise ConfigurationError(
                "Hashing: num_bins must be at least 2 with a mask_value, which takes bin 0; "
                f"received {num_bins!r}."
            )
        self.mask_value = mask_value
        self.salt = salt
        self._key = hash_key(salt, "Hashing")
        self.output_mode = encoding.check_mode(output_mode, "Hashing")
        self.sparse = False

    def call(self, inputs: Tensor) -> Tensor:
        """The bins, in the form of `output_mode`."""
        text = backend.text.decimal(inputs)
        if self.mask_value is None:
            index = backend.text.hash_bucket(text, self.num_bins, self._key)
        else:
            index = backend.text.hash_bucket(text, self.num_bins - 1, self._key) + 1
            masked = ops.equal(text, self._mask_text(inputs))
            index = ops.where(masked, ops.zeros_like(index), index)
        if self.output_mode == "int":
            return ops.cast(index, self.compute_output_dtype(inputs))
        return encoding.encode(
            index, self.output_mode, self.num_bins, self.compute_output_dtype(inputs)
        )

    def _mask_text(self, inputs: Tensor) -> Tensor:
        texts = backend.tensor.dtype_of(inputs) == "string"
        if isinstance(self.mask_value, str) != texts:
            raise DtypeError(
                f"{self._describe()}: mask_value {self.mask_value!r} does not compare with inputs "
                f"of dtype {backend.tensor.dtype_of(inputs)}. Give it in their type."
            )
        return backend.tensor.convert(str(self.mask_value) if texts else str(int(self.mask_value)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's, or with the bins as last axis."""
        return encoding.encoded_shape(input_shape, self.output_mode, self.num_bins)

    def compute_output_dtype(self, inputs: Any) -> str:
        """The layer's dtype."""
        return self.compute_dtype
