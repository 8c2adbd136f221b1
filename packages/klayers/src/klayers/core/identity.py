"""Identity: nothing changes."""

from __future__ import annotations

from typing import Any

from kcore import Layer
from kcore.typing import Tree


class Identity(Layer):
    """The input, unchanged; holds a place in a model.

    Args:
        **kwargs: see Layer.

    Shapes: input and output have the same, of any rank.

    Example:
        >>> Identity().compute_output_shape((None, 3))
        (None, 3)
    """

    supports_masking = True

    def call(self, inputs: Tree) -> Tree:
        """The input."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's."""
        return input_shape
