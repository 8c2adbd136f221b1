"""Python functions made into compiled ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Shape, Tensor, Tree


def tensor_spec(shape: Shape, dtype: str) -> Any:
    """What a compiled function accepts in one place: a shape with unknown sizes, and a dtype."""
    # numpy names its text by length ("str96"), or as objects
    text = dtype.startswith(("str", "bytes", "object"))
    return tf.TensorSpec(shape, "string" if text else dtype)


def compiled(
    function: Callable[..., Any], signature: Sequence[Any] | None = None, xla: bool = False
) -> Callable[..., Any]:
    """The function as one compiled graph; traced at the first call.

    Args:
        function: what to compile; takes and gives trees of tensors.
        signature: a `tensor_spec` for each argument, so that no later call traces again.
        xla: whether XLA compiles it.
    """
    return tf.function(  # type: ignore[no-any-return]
        function, input_signature=signature, autograph=False, jit_compile=xla or None
    )


class Concrete:
    """A function traced for one signature; calls skip all look-ups by argument type.

    Args:
        function: what to compile; takes and gives trees of tensors.
        signature: a `tensor_spec` for each argument.
        xla: whether XLA compiles it.
    """

    # such operations stay in TensorFlow's cache of kernels, so a process makes few of them
    _operations_left = 16

    def __init__(
        self, function: Callable[..., Any], signature: Sequence[Any], xla: bool = False
    ) -> None:
        compiled_function = tf.function(function, autograph=False, jit_compile=xla or None)
        self._traced = compiled_function.get_concrete_function(*signature)
        self._xla = xla

    def __call__(self, *arrays: Any) -> Any:
        return self._traced(*[tf.constant(array) for array in arrays])

    def as_operation(self) -> Callable[..., Any] | None:
        """The function as one operation, which takes half the time of a small function's call.

        TensorFlow calls a function by name as one over devices: 0.1 ms more for what one needs.

        Returns:
            None where variables are on other devices, XLA compiles, or sixteen were given out.
        """
        traced, captured = self._traced, list(self._traced.captured_inputs)
        local = all(tensor.device.endswith("CPU:0") for tensor in captured)
        if self._xla or not local or not Concrete._operations_left:
            return None
        Concrete._operations_left -= 1
        structure = traced.structured_outputs
        kinds = [leaf.dtype for leaf in tf.nest.flatten(structure, expand_composites=True)]
        single = isinstance(structure, (tf.Tensor, tf.TensorSpec))

        def call(*arrays: Any) -> Any:
            args = [*[tf.constant(array) for array in arrays], *captured]
            outputs = tf.raw_ops.StatefulPartitionedCall(args=args, Tout=kinds, f=traced)
            if single:
                return outputs[0]
            return tf.nest.pack_sequence_as(structure, outputs, expand_composites=True)

        return call


def repeat(
    count: Tensor, body: Callable[[Tensor], None], going: Callable[[], Tensor] | None = None
) -> None:
    """Runs `body(step)` for step = 0 ... count - 1, in order; inside compiled code, as one loop.

    Args:
        going: asked before each step whether the loop goes on.
    """

    def advance(step: Tensor) -> tuple[Tensor]:
        body(step)
        return (step + 1,)

    def goes_on(step: Tensor) -> Tensor:
        return step < count if going is None else tf.logical_and(step < count, going())

    tf.while_loop(goes_on, advance, (tf.constant(0),), parallel_iterations=1)


def element(values: Tensor, index: Tensor) -> Tensor:
    """One number of a vector."""
    return tf.gather(values, index)


def rows(values: Tensor, start: Tensor, stop: Tensor) -> Tensor:
    """The rows from start, before stop; the kernel shares memory where it can."""
    rest = values.shape.rank - 1
    part = tf.slice(values, tf.stack([start] + [0] * rest), tf.stack([stop - start] + [-1] * rest))
    part.set_shape([None, *values.shape[1:]])
    return part


def traced_operations() -> int:
    """How many operations the function being traced now has so far."""
    return len(tf.compat.v1.get_default_graph().get_operations())


def scratch_specs(function: Callable[..., Tree], args: Tree) -> list[tuple[Shape, str]]:
    """Shapes and dtypes of the leaves that a function gives, found by tracing it once.

    Args:
        function: called with placeholders in place of the specs.
        args: list of positional arguments, in which every `tensor_spec` becomes a placeholder.
    """
    found: list[tuple[Shape, str]] = []

    def trace(*tensors: Tensor) -> Tensor:
        for leaf in tf.nest.flatten(function(*tensors)):
            shape = leaf.shape.as_list() if leaf.shape.rank is not None else []
            found.append((tuple(shape), leaf.dtype.name))
        return tf.constant(0)

    tf.function(trace, autograph=False).get_concrete_function(*args)
    return found
