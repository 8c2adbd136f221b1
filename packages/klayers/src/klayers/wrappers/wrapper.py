"""Wrapper: a layer that holds another."""

from __future__ import annotations

from typing import Any

from kcore import Layer, backend, components, dtypes, ops, tree
from kcore.errors import ConfigurationError


class Wrapper(Layer):
    """A layer that holds another and, as it stands, computes what that one computes.

    TimeDistributed and Bidirectional change how the layer inside is called; so may your own
    subclass, by writing `call` and `compute_output_shape`.

    Args:
        layer: the layer inside, or its saved form.
        **kwargs: see Layer; the dtype is that of the layer inside unless given.

    Attributes:
        layer: the layer inside.

    Shapes: those of the layer inside.

    Raises:
        ConfigurationError: if `layer` is no layer.

    Example:
        >>> from klayers import Dense
        >>> Wrapper(Dense(3)).compute_output_shape((None, 8))
        (None, 3)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        inside = as_layer(layer, f"{type(self).__name__}: layer")
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = inside.dtype_policy
        super().__init__(**kwargs)
        self.layer = inside

    def build(self, input_shape: Any) -> None:
        """Builds the layer inside."""
        self.layer.build_once(input_shape)
        name_paths(self, self.layer)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer inside gives."""
        return in_dtype(self.layer(inputs, *args, **kwargs), self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """What the layer inside says."""
        return self.layer.compute_mask(inputs, previous_mask)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the layer inside."""
        return self.layer.compute_output_shape(input_shape)


def as_layer(value: Any, owner: str) -> Any:
    """A layer, made from its saved form if need be.

    Raises:
        ConfigurationError: if it is no layer.
    """
    made = components.get("layer", value, owner) if isinstance(value, dict) else value
    if not isinstance(made, Layer):
        raise ConfigurationError(
            f"{owner} must be a layer, for example Dense(8); received {made!r} "
            f"({type(made).__name__})."
        )
    return made


def name_paths(owner: Layer, inside: Layer) -> None:
    """Lets messages name the weights of the layer inside with the owner before them."""
    for weight in inside.weights:
        weight.path = f"{owner.name}/{weight.path}"


def in_dtype(values: Any, dtype: str) -> Any:
    """Floats of a tree of tensors in another dtype; everything else as it is."""

    def cast(value: Any) -> Any:
        kind = backend.tensor.dtype_of(value)
        return ops.cast(value, dtype) if dtypes.is_float(kind) and kind != dtype else value

    return tree.map_leaves(cast, values)
