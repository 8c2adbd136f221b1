"""What preprocessing layers share: plain lists as input, and learning from data by `adapt`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kcore import Layer, backend, tree
from kcore.errors import DataError
from kcore.graph.symbolic import SymbolicTensor


def is_plain(value: Any) -> bool:
    """Whether a value is Python data only: text, a number, or lists of these."""
    if not isinstance(value, (str, bytes, bool, int, float, list, tuple)):
        return False
    return not any(
        isinstance(leaf, SymbolicTensor) or hasattr(leaf, "__array__") or hasattr(leaf, "dtype")
        for leaf in tree.flatten(value)
    )


class PreprocessingLayer(Layer):
    """A layer that takes plain lists and text as well as arrays and tensors."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and is_plain(args[0]):
            args = (backend.tensor.convert(args[0]), *args[1:])
        return super().__call__(*args, **kwargs)


class AdaptiveLayer(PreprocessingLayer):
    """A layer that learns its state from data before training, by `adapt`.

    A subclass writes `reset_state`, `update_state` and `finalize_state`.
    """

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns from data what the layer needs; what it had learnt before is forgotten.

        A model that was run already must be compiled again afterwards.

        Args:
            data: an array or list, or an iterable of batches: a generator, a `PyDataset`, a
                tf.data.Dataset. Batches hold inputs only, no targets.
            batch_size: rows looked at together, for arrays; all of them if None.
            steps: how many batches to look at; all if None.

        Raises:
            DataError: if the data are empty, or hold targets too.
        """
        self.reset_state()
        seen = 0
        for batch in batches(data, batch_size, self._describe()):
            if steps is not None and seen >= steps:
                break
            self.update_state(batch)
            seen += 1
        if seen == 0:
            raise DataError(
                f"{self._describe()}: adapt received no data; give at least one batch with at "
                "least one row."
            )
        self.finalize_state()

    def reset_state(self) -> None:
        """Forgets what was learnt."""
        raise NotImplementedError

    def update_state(self, data: Any) -> None:
        """Looks at one batch."""
        raise NotImplementedError

    def finalize_state(self) -> None:
        """Makes what was seen since `reset_state` count in calls."""
        raise NotImplementedError


def batches(data: Any, batch_size: int | None, owner: str) -> Iterator[Any]:
    """The batches of what `adapt` was given, as numpy arrays of at least one axis.

    Raises:
        DataError: if a batch is no array.
    """
    if hasattr(data, "__getitem__") and hasattr(data, "on_epoch_end"):
        yield from (_array(data[index], owner) for index in range(len(data)))
    elif isinstance(data, (str, list, tuple)) or hasattr(data, "shape"):
        array = _array(data, owner)
        size = batch_size or max(len(array), 1)
        yield from (array[start : start + size] for start in range(0, len(array), size))
    elif hasattr(data, "__iter__"):
        yield from (_array(batch, owner) for batch in data)
    else:
        raise DataError(
            f"{owner}: adapt expects an array, a list or an iterable of batches; received "
            f"{type(data).__name__}."
        )


def _array(batch: Any, owner: str) -> Any:
    if isinstance(batch, tuple) and len(batch) > 1 and hasattr(batch[0], "shape"):
        raise DataError(
            f"{owner}: adapt expects batches of inputs only; received a tuple of {len(batch)} "
            "parts. Take the inputs out first, for example with dataset.map(lambda x, y: x)."
        )
    try:
        array = np.asarray(batch.numpy() if hasattr(batch, "numpy") else batch)
    except ValueError as error:
        raise DataError(
            f"{owner}: adapt expects rows of one length; received {type(batch).__name__}: {error}"
        ) from None
    return array.reshape(1) if array.ndim == 0 else array
