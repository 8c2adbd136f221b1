"""Any recurrent step over a sequence, with the gradient that TensorFlow derives."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.backend.rnn.loop import count_steps, keep, run_steps, steps_array
from kcore.typing import Shape, Tensor


def scan(
    step: Any,
    inputs: Tensor,
    states: list[Tensor],
    mask: Tensor | None = None,
    output_shape: Shape | None = None,
    unroll: bool | int = False,
) -> tuple[Tensor, list[Tensor]]:
    """Runs any recurrent step over a sequence.

    Args:
        step: function (input of the step, list of states) giving (output, list of states).
        inputs: (steps, batch, ...).
        states: before the first step.
        mask: (steps, batch, 1) booleans; a masked step repeats the last output, zeros before the
            first, and leaves the states. None: all True.
        output_shape: of one output without the batch; that of the first state if None.
        unroll: see `run_steps`.

    Returns:
        Outputs (steps, batch, *output_shape) and the last states.
    """
    count = count_steps(inputs)
    shape = tuple(states[0].shape[1:] if output_shape is None else output_shape)

    def body(t: Any, outputs: Any, *values: Tensor) -> tuple[Any, ...]:
        before = values if mask is None else values[1:]
        output, new = step(inputs[t], list(before))
        if mask is None:
            return (outputs.write(t, output), *new)
        output = keep(mask, t, output, values[0])
        kept = [keep(mask, t, a, b) for a, b in zip(new, before, strict=True)]
        return (outputs.write(t, output), output, *kept)

    start = [steps_array(count, *shape, dtype=inputs.dtype)]
    if mask is not None:
        start.append(_zeros(inputs, shape, states[0]))
    first = len(start)
    values = run_steps(count, body, [*start, *states], unroll=unroll)
    return _stacked(values[0], inputs), values[first:]


def _zeros(inputs: Tensor, shape: Shape, state: Tensor) -> Tensor:
    """What masked steps give before the first output."""
    if None in shape:  # the size of an image: known when it is there
        return tf.zeros_like(state)
    sizes = tf.concat([tf.shape(inputs)[1:2], tf.constant(shape, "int32")], 0)
    zeros = tf.zeros(sizes, inputs.dtype)
    zeros.set_shape([inputs.shape[1], *shape])
    return zeros


def _stacked(array: Any, inputs: Tensor) -> Tensor:
    """All outputs as one tensor."""
    outputs = array.stack()
    outputs.set_shape([inputs.shape[0], inputs.shape[1], *outputs.shape[2:]])
    return outputs
