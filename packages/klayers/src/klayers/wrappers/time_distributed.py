"""TimeDistributed: a layer applied to every step on its own."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops, shapes, tree
from kcore.errors import ShapeError
from kcore.graph.node import not_recording
from kcore.graph.symbolic import SymbolicTensor, is_shape
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.wrappers.wrapper import Wrapper, in_dtype, name_paths


class TimeDistributed(Wrapper):
    """The same layer applied to every step of a sequence.

    Steps are folded into the batch, so the layer runs once on batch * steps rows; batch
    normalization inside sees all steps together. A layer that carries states from batch to batch
    runs step by step instead.

    Args:
        layer: a layer or model for one step.
        **kwargs: see Layer.

    Shapes:
        input (batch, steps, ...), output (batch, steps, *output of the layer). A mask
        (batch, steps) passes; of a mask with more axes the layer gets its part for the step.

    Raises:
        ConfigurationError: if `layer` is no layer.
        ShapeError: if the input has fewer than three axes, or the number of steps must be known
            and is not.

    Example:
        >>> from klayers import Conv2D
        >>> TimeDistributed(Conv2D(8, 3)).compute_output_shape((None, 10, 28, 28, 1))
        (None, 10, 26, 26, 8)
    """

    supports_masking = True

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Builds the layer for one step."""
        self.layer.build_once(_map_shapes(self._inner_shape, input_shape))
        name_paths(self, self.layer)
        count = len(_flat_shapes(input_shape))
        self.input_spec = None if count > 1 else InputSpec(min_ndim=2)

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """(batch, steps, ...) to (batch, steps, *output of the layer).

        Args:
            inputs: one tensor, or a tree of them for a layer with several inputs.
            training: as for the layer inside.
            mask: (batch, steps), or with more axes.
        """
        first = tree.flatten(inputs)[0]
        batch, steps = ops.shape(first)[:2]
        inner = None if mask is None or ops.ndim(mask) <= 2 else mask
        if self._is_stateful():
            return self._step_by_step(inputs, inner, steps, training)
        folded = tree.map_leaves(_fold, inputs)
        if inner is not None:
            folded = backend.tensor.identity(folded)
            backend.tensor.set_mask(folded, _fold(inner))
        outputs = self.layer(folded, training=training)
        unfolded = tree.map_leaves(lambda y: _unfold(y, batch, steps), outputs)
        return in_dtype(unfolded, self.compute_dtype)

    def _is_stateful(self) -> bool:
        return any(getattr(layer, "stateful", False) for layer in self.layer.flatten_layers())

    def _inner_shape(self, shape: Shape) -> Shape:
        """The shape that the layer inside sees, for the shape of an input."""
        batch = shape[0] if self._is_stateful() else shapes.size_of(shape[:2])
        return (batch, *shape[2:])

    def _step_by_step(self, inputs: Any, mask: Any, steps: Any, training: bool) -> Any:
        if not isinstance(steps, int):
            raise ShapeError(
                f"{self._describe()} holds a stateful layer, so it needs a known number of steps. "
                "Give it in the shape of the Input."
            )
        outputs = []
        for t in range(steps):
            step = tree.map_leaves(lambda x, t=t: x[:, t], inputs)
            if mask is not None:
                backend.tensor.set_mask(step, mask[:, t])
            outputs.append(self.layer(step, training=training))
        stacked = tree.map_leaves(lambda *every: ops.stack(every, 1), *outputs)
        return in_dtype(stacked, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """A mask of steps as it is; else the mask of the layer inside, or any of its part."""
        mask = previous_mask
        if isinstance(mask, (list, tuple)):
            given = [m for m in mask if m is not None]
            mask = given[0] if given else None
        if mask is not None and ops.ndim(mask) == 2:
            return mask
        inner = None
        if not isinstance(inputs, (list, tuple, dict)) and self.layer._handles_masks():
            folded = None if mask is None else _fold(mask)
            inner = self.layer.compute_mask(_fold(inputs), folded)
        if inner is not None and not isinstance(inner, (list, tuple)):
            return _unfold(inner, *ops.shape(inputs)[:2])
        return None if mask is None else ops.any(mask, tuple(range(2, ops.ndim(mask))))

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs: those of the layer for one step, with the steps put back."""
        inputs = args[0] if args else kwargs["inputs"]
        batch, steps = tree.flatten(inputs)[0].shape[:2]
        folded = tree.map_leaves(
            lambda t: SymbolicTensor(self._inner_shape(t.shape), t.dtype), inputs
        )
        with not_recording():
            outputs = self.layer.compute_output_spec(folded)

        def unfold(t: SymbolicTensor) -> SymbolicTensor:
            return SymbolicTensor((batch, steps, *t.shape[1:]), self._output_dtype(t.dtype))

        return tree.map_leaves(unfold, outputs)

    def _output_dtype(self, dtype: str) -> str:
        return self.compute_dtype if dtype.startswith(("float", "bfloat")) else dtype

    def compute_output_shape(self, input_shape: Any) -> Any:
        """See Shapes."""
        lead = tuple(_flat_shapes(input_shape)[0][:2])
        inner = self.layer.compute_output_shape(_map_shapes(self._inner_shape, input_shape))
        return _map_shapes(lambda shape: (*lead, *shape[1:]), inner)


def _fold(x: Tensor) -> Tensor:
    sizes = ops.shape(x)
    return ops.reshape(x, (-1, *sizes[2:]))


def _unfold(y: Tensor, batch: Any, steps: Any) -> Tensor:
    lead = (batch, steps) if isinstance(batch, int) else (-1, steps)
    return ops.reshape(y, (*lead, *ops.shape(y)[1:]))


def _map_shapes(function: Any, shape: Any) -> Any:
    if is_shape(shape):
        return function(tuple(shape))
    if isinstance(shape, dict):
        return {key: _map_shapes(function, part) for key, part in shape.items()}
    return [_map_shapes(function, part) for part in shape]


def _flat_shapes(shape: Any) -> list[Any]:
    if is_shape(shape):
        return [shape]
    parts = shape.values() if isinstance(shape, dict) else shape
    return [leaf for part in parts for leaf in _flat_shapes(part)]
