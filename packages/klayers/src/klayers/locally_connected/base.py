"""What locally connected layers over one and two axes share.

The layers compute in one way, whichever form their kernel is kept in: windows of the input times
the weights of their place. A kernel kept in another form is brought into the first one by a table
of indices, made when the layer is built.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

from kcore import constraints, initializers, ops, regularizers, shapes
from kcore.errors import ConfigurationError, ShapeError
from kcore.ops.spatial_rules import window_shape
from kcore.typing import Shape, Tensor
from klayers.convolution.base import BaseWindow
from klayers.locally_connected.indices import index_table

# a table of 256 MiB
_MOST_INDICES = 2**25


class BaseLocallyConnected(BaseWindow):
    """Windows with weights of their own at each place; the two layers document the arguments."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            1,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            **kwargs,
        )
        owner = type(self).__name__
        self.filters = shapes.as_tuple(filters, 1, f"{owner}: filters")[0]
        if implementation not in (1, 2, 3):
            raise ConfigurationError(
                f"{owner}: implementation must be 1, 2 or 3; received {implementation!r}."
            )
        if self.padding == "same" and implementation == 1:
            raise ConfigurationError(
                f"{owner}: padding 'same' needs implementation=2 or 3; received implementation=1, "
                "whose kernel has all windows whole."
            )
        self.implementation = implementation
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the size of the input, which is the only one from now on."""
        if None in input_shape[1:]:
            raise ShapeError(
                f"{self._describe()} has weights for each place, so it needs known sizes; received "
                f"{shapes.describe(tuple(input_shape), self.data_format)}. Give the model's Input "
                "these sizes."
            )
        self.start_build(input_shape)
        self.input_spec.axes = dict(enumerate(input_shape[1:], 1))
        sizes, channels = self._spatial(input_shape)
        places = self._spatial(self.compute_output_shape(input_shape))[0]
        self._places = places
        self._table = None
        shape: Shape = (math.prod(places), math.prod(self.kernel_size) * channels, self.filters)
        if self.implementation > 1:
            entries = math.prod(size or 0 for size in shape)
            if entries > _MOST_INDICES:
                raise ShapeError(
                    f"{self._describe()}: implementation={self.implementation} needs a table of "
                    f"{entries} indices; at most {_MOST_INDICES} are made. Use implementation=1."
                )
            self._table, shape = index_table(
                sizes,
                places,
                channels,
                self.filters,
                self.kernel_size,
                self.strides,
                self._cuts(),
                self.data_format == "channels_first",
                self.implementation == 2,
            )
        self.kernel = self.add_weight(
            shape,
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.add_bias((*places, self.filters))

    def _spatial(self, shape: Shape) -> tuple[tuple[int, ...], int]:
        """The spatial sizes and the channels, all known."""
        rest = tuple(size or 0 for size in shape[1:])
        first = self.data_format == "channels_first"
        return (rest[1:], rest[0]) if first else (rest[:-1], rest[-1])

    def _cuts(self) -> tuple[int, ...]:
        """How far the first window of each axis begins before the input."""
        return tuple(k // 2 if self.padding == "same" else 0 for k in self.kernel_size)

    def multiply_adds(self, input_shape: Shape, output_shape: Shape) -> int:
        """Every weight of the kernel is used at one place only."""
        return int(self.kernel.size)

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, *spatial, channels) to (batch, *new spatial, filters)."""
        kernel = ops.cast(self.kernel, self.compute_dtype)
        if self._table is not None:
            flat = ops.concatenate([ops.reshape(kernel, (-1,)), ops.zeros((1,), kernel.dtype.name)])
            kernel = ops.lookup(flat, self._table)
        outputs = ops.einsum("bpk,pkf->bpf", self._windows(inputs), kernel)
        outputs = ops.reshape(outputs, (-1, *self._places, self.filters))
        if self.data_format == "channels_first":
            outputs = ops.transpose(outputs, (0, self.rank + 1, *range(1, self.rank + 1)))
        if self.bias is not None:
            bias = ops.cast(self.bias, self.compute_dtype)
            # Keras 2 reads the same row of numbers in the order of its outputs
            outputs = outputs + ops.reshape(bias, outputs.shape[1:])
        return self.activation(outputs)

    def _windows(self, inputs: Tensor) -> Tensor:
        """(batch, places, taps of the window times channels)."""
        first = self.data_format == "channels_first"
        if first:
            inputs = ops.transpose(inputs, (0, *range(2, self.rank + 2), 1))
        if any(self._cuts()):
            widths = [(cut, k) for cut, k in zip(self._cuts(), self.kernel_size, strict=True)]
            inputs = ops.pad(inputs, [(0, 0), *widths, (0, 0)])
        taps = []
        for start in itertools.product(*map(range, self.kernel_size)):
            steps = zip(start, self._places, self.strides, strict=True)
            box = [slice(None), *(slice(a, a + (n - 1) * s + 1, s) for a, n, s in steps)]
            taps.append(inputs[tuple(box)])
        windows = ops.stack(taps, -1 if first else -2)
        return ops.reshape(windows, (-1, math.prod(self._places), len(taps) * inputs.shape[-1]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The spatial sizes by window, stride and padding; the filters as channels."""
        return window_shape(
            tuple(input_shape),
            self.kernel_size,
            self.strides,
            self.padding,
            self.data_format,
            channels=self.filters,
            owner=self._describe(),
        )
