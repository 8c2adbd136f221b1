"""Chunk: some batches in a row, laid one behind the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kcore import tree
from kcore.errors import DataError
from kcore.typing import Tree


@dataclass
class Chunk:
    """Batches laid one behind the other.

    Attributes:
        data: tuple (x,), (x, y) or (x, y, weights) of trees of arrays.
        ends: where each batch starts and ends, (batches + 1,) int32, from 0.
        first_row: number of its first sample in the epoch, for errors.
    """

    data: tuple[Tree, ...]
    ends: Any
    first_row: int = 0
    flat: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.flat = tree.flatten(self.data)

    @property
    def steps(self) -> int:
        """The number of batches."""
        return len(self.ends) - 1

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(int(leaf.nbytes) for leaf in self.flat)

    def batch(self, index: int) -> tuple[Tree, ...]:
        """One batch, in the form of `data`."""
        lo, hi = int(self.ends[index]), int(self.ends[index + 1])
        return tree.map_leaves(lambda leaf: leaf[lo:hi], self.data)  # type: ignore[no-any-return]

    def rest(self, start: int) -> Chunk:
        """The batches from number `start` on; the arrays are shared."""
        return Chunk(self.data, self.ends[start:], self.first_row)


def to_array(value: Any, name: str, floatx: str) -> Any:
    """A numpy array that a kernel can take: float64 becomes `floatx`, objects are refused."""
    array = np.asarray(value)
    if array.dtype == np.float64 and floatx != "float64":
        return array.astype(floatx if floatx != "bfloat16" else "float32")
    if array.dtype == np.object_ and not _is_text(array):
        raise DataError(
            f"{name} holds Python objects (dtype object, shape {array.shape}); expected numbers or "
            "text of one length a row. Pad rows of different lengths with "
            "kpreprocess.pad_sequences."
        )
    return array


def _is_text(array: Any) -> bool:
    return all(isinstance(item, (str, bytes)) for item in array.ravel())


def class_weights_of(targets: Any, class_weight: dict[int, float], name: str) -> Any:
    """The weight of each sample by its class: class numbers, or one-hot rows.

    Raises:
        DataError: if a class has no weight, or the targets are neither.
    """
    numbers = np.asarray(targets)
    if numbers.ndim == 2 and numbers.shape[1] > 1:
        numbers = numbers.argmax(1)
    numbers = numbers.reshape(len(numbers), -1)
    if numbers.shape[1] != 1:
        raise DataError(
            f"class_weight needs one class a sample; {name} has shape {np.shape(targets)}."
        )
    found = np.unique(numbers)
    missing = [int(n) for n in found if int(n) not in class_weight]
    if missing:
        raise DataError(
            f"class_weight has no weight for class {missing[0]}, which {name} holds; it has "
            f"weights for {sorted(class_weight)}."
        )
    table = np.array([class_weight[int(n)] for n in found], dtype="float32")
    return table[np.searchsorted(found, numbers[:, 0])]
