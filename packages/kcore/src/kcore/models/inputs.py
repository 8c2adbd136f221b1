"""Input: the symbolic tensor that a graph of layers starts from."""

from __future__ import annotations

from typing import Any

from kcore import config, dtypes, shapes
from kcore.errors import ConfigurationError
from kcore.graph.node import Node
from kcore.graph.symbolic import SymbolicTensor
from kcore.layer import Layer
from kcore.typing import Config, Tensor


class InputLayer(Layer):
    """The layer behind an Input; passes data on as they come.

    Args:
        shape: without the batch axis.
        batch_size: samples in a batch, or None.
        dtype: of the data, `floatx()` if None.
        batch_shape: shape with the batch axis, in place of the first two.
        input_tensor: a symbolic tensor to take shape and dtype from.
        name: key of the data in dicts.
        **kwargs: `batch_input_shape` and `input_shape` of earlier Keras.

    Raises:
        ConfigurationError: if no shape is given.

    Example:
        >>> InputLayer((3,)).output.shape
        (None, 3)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        for key in ("sparse", "ragged", "optional"):
            if kwargs.pop(key, None):
                raise ConfigurationError(
                    f"InputLayer: {key}=True is not supported; use dense data."
                )
        kind = dtypes.standardize(dtype or config.floatx()) if not isinstance(dtype, dict) else None
        super().__init__(name=name, dtype=kind or dtype, **kwargs)
        self.input_dtype = kind or self.compute_dtype
        if input_tensor is not None:
            batch_shape, self.input_dtype = input_tensor.shape, input_tensor.dtype
        if batch_shape is None and self._batch_input_shape is not None:
            batch_shape = self._batch_input_shape
        if batch_shape is None:
            if shape is None:
                raise ConfigurationError(
                    "Input needs a shape without the batch axis: Input((28, 28, 1))."
                )
            batch_shape = (batch_size, *shapes.standardize(shape, "Input shape"))
        self.batch_shape = shapes.standardize(batch_shape, "Input batch_shape")
        self.built = True
        self._tensor = SymbolicTensor(self.batch_shape, self.input_dtype, self.name)
        self._remember(Node(self, (), {}, self._tensor))

    @property
    def batch_size(self) -> int | None:
        """Samples in a batch, or None."""
        return self.batch_shape[0]

    def call(self, inputs: Tensor) -> Tensor:
        """The inputs."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the inputs."""
        return input_shape

    def get_config(self) -> Config:
        """The arguments that make an equal layer."""
        shape = list(self.batch_shape)
        return {"batch_shape": shape, "dtype": self.input_dtype, "name": self.name}


def Input(  # noqa: N802 - the name that everybody knows
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    **kwargs: Any,
) -> SymbolicTensor:
    """A symbolic tensor to build a model from.

    Args:
        shape: without the batch axis; None entries are open, for example (None, 16) for sequences.
        batch_size: samples in a batch, if they are always as many.
        dtype: of the data, `floatx()` if None.
        batch_shape: shape with the batch axis, in place of the first two.
        name: key of the data where they are given as a dict.
        tensor: a symbolic tensor to take shape and dtype from.

    Returns:
        A tensor (batch, *shape).

    Example:
        >>> Input((28, 28, 1)).shape
        (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape,
        batch_size,
        dtype=dtype,
        batch_shape=batch_shape,
        input_tensor=tensor,
        name=name,
        **kwargs,
    )
    result: SymbolicTensor = layer.output
    return result
