"""LayerSubject: a layer under test, and inputs made for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kcore import tree
from kcore.graph.symbolic import SymbolicTensor, is_shape
from kcore.layer import Layer
from kcore.models.inputs import Input
from kcore.testing.subject import Subject

_WORDS = np.array(["red", "green", "blue", "Blue sky!", ""])


class LayerSubject(Subject):
    """A layer under test.

    Args:
        make: makes the layer, a new one at each call.
        input_shape: without the batch; a list or dict of shapes for several inputs.
        input_dtype: of the inputs, "string" for text; whole numbers are drawn below `largest`.
        largest: for whole numbers.
        call: further arguments of each call.

    Attributes:
        name: of the layer's class.
    """

    kind = "layer"
    base = Layer

    def __init__(
        self,
        make: Callable[[], Any],
        input_shape: Any,
        input_dtype: str,
        largest: int,
        call: dict[str, Any],
    ) -> None:
        super().__init__(make)
        self.input_shape = input_shape
        self.input_dtype = input_dtype
        self.largest = largest
        self.call = call

    def data(self, batch: int = 3, seed: int = 0, dtype: str | None = None) -> Any:
        """Inputs for so many samples, the same for the same seed."""
        rng = np.random.default_rng(seed)
        kind = dtype or self.input_dtype

        def draw(shape: Any) -> Any:
            if kind == "string":
                return rng.choice(_WORDS, (batch, *shape))
            if np.dtype(kind).kind in "iu":
                return rng.integers(0, self.largest, (batch, *shape)).astype(kind)
            return rng.normal(size=(batch, *shape)).astype(kind)

        return map_shapes(draw, self.input_shape)

    def symbols(self) -> Any:
        """Symbolic inputs, the batch unknown."""
        return map_shapes(lambda s: Input(s, dtype=self.input_dtype), self.input_shape)

    def batch_shapes(self, batch: int | None = 3) -> Any:
        """The inputs' shapes with the batch."""
        return map_shapes(lambda s: (batch, *s), self.input_shape)

    def built(self, dtype: str | None = None) -> Any:
        """A layer that has its weights; of another dtype policy if given."""
        layer = self.make() if dtype is None else self.with_policy(dtype)
        layer(self.data(), **self.call)
        return layer

    def with_policy(self, policy: str) -> Any:
        """The layer under another dtype policy."""
        config = _with_dtype(self.make().get_config(), policy) | {"dtype": policy, "name": None}
        return type(self.make()).from_config(config)

    def run(self, layer: Any, batch: int = 3, seed: int = 0, **options: Any) -> Any:
        """The layer's outputs for drawn inputs."""
        return layer(self.data(batch, seed), **self.call, **options)

    @property
    def input_kind(self) -> str:
        """numpy's letter for the kind of the inputs: "f", "i", "u" or, for text, "U"."""
        return "U" if self.input_dtype == "string" else np.dtype(self.input_dtype).kind

    @property
    def is_random(self) -> bool:
        """Whether it draws random numbers."""
        return bool(self.built().seed_generators)


def map_shapes(function: Callable[[Any], Any], shapes: Any) -> Any:
    """A function of each shape in a tree of shapes."""
    if is_shape(shapes):
        return function(tuple(shapes))
    if isinstance(shapes, dict):
        return {key: map_shapes(function, s) for key, s in shapes.items()}
    return [map_shapes(function, s) for s in shapes]


def leaf_shapes(shapes: Any) -> list[Any]:
    """The shapes in a tree of shapes, one after the other."""
    if is_shape(shapes):
        return [tuple(shapes)]
    items = shapes.values() if isinstance(shapes, dict) else shapes
    return [leaf for item in items for leaf in leaf_shapes(item)]


def leaves(values: Any) -> list[Any]:
    """The tensors in a tree."""
    return [v for v in tree.flatten(values) if v is not None]


def is_symbolic(values: Any) -> bool:
    """Whether all leaves are symbolic tensors."""
    return all(isinstance(v, SymbolicTensor) for v in leaves(values))


def _with_dtype(data: Any, policy: str) -> Any:
    """A configuration under another policy, with those of the layers inside it."""
    if isinstance(data, list):
        return [_with_dtype(item, policy) for item in data]
    if not isinstance(data, dict):
        return data
    changed = {key: _with_dtype(item, policy) for key, item in data.items()}
    return {**changed, "dtype": policy} if {"dtype", "trainable"} <= set(data) else changed
