"""What the recurrent kernels share: the loop over the steps, and what masks do in it."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.typing import Tensor

# rows of a half for which the time saved is more than the time to start it
_SHORTEST_HALF = 8


def count_steps(sequence: Tensor) -> Any:
    """The number of steps of a sequence (steps, ...): an integer if known."""
    known = sequence.shape[0]
    return tf.shape(sequence)[0] if known is None else known


def run_steps(
    count: Any, body: Any, start: list[Any], backwards: bool = False, unroll: bool | int = False
) -> list[Any]:
    """Runs `body(t, *values)`, which gives the next values, for every step.

    Args:
        count: the number of steps.
        body: what a step does.
        start: values before the first step: tensors, or arrays of tensors.
        backwards: whether the last step comes first.
        unroll: True writes all steps one behind the other, which needs a known count; a number
            above 1 is how many steps a round of the loop holds.
    """
    block = 1 if unroll is True else max(1, int(unroll))
    step = -1 if backwards else 1

    def advance(t: Any, *values: Any) -> list[Any]:
        new = list(body(t, *values))
        for value, before in zip(new, values, strict=True):
            if isinstance(value, tf.Tensor):
                value.set_shape(before.shape)
        return new

    if unroll is True:
        values = list(start)
        for t in range(count)[::step]:
            values = advance(t, *values)
        return values

    def advance_block(t: Tensor, *values: Any) -> tuple[Any, ...]:
        for place in range(block):
            values = tuple(advance(t + step * place, *values))
        return (t + step * block, *values)

    def has_block(t: Tensor, *_: Any) -> Tensor:
        last = t + step * (block - 1)
        return last >= 0 if backwards else last < count

    state = [tf.convert_to_tensor(count - 1 if backwards else 0, "int32"), *start]
    state = list(tf.while_loop(has_block, advance_block, state, parallel_iterations=1))
    if block > 1:  # the steps that fill no block
        block = 1
        state = list(tf.while_loop(has_block, advance_block, state, parallel_iterations=1))
    return state[1:]


def in_halves(part: Any, sequences: list[Any], states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Runs `part(sequences, states)` for each half of the batch, both at the same time.

    The steps of a recurrent layer are small operations, each of which waits for the one before:
    one processor is busy, and the others wait. The halves do not wait for each other.

    Args:
        part: what gives a sequence (steps, batch, ...) and a list of states (batch, ...).
        sequences: tensors (steps, batch, ...), or None.
        states: tensors (batch, ...).

    Returns:
        The sequence and the states of the whole batch.
    """
    known = states[0].shape[0]
    if tf.executing_eagerly() or (known is not None and known < _SHORTEST_HALF * 2):
        return part(sequences, states)  # type: ignore[no-any-return]
    rows = tf.shape(states[0])[0] if known is None else known
    sizes = [rows // 2, rows - rows // 2]

    def halves(values: list[Any], axis: int) -> Any:
        split = ((None, None) if v is None else tf.split(v, sizes, axis) for v in values)
        return zip(*split, strict=True)

    whole = zip(halves(sequences, 1), halves(states, 0), strict=True)
    (left, left_states), (right, right_states) = (part(list(a), list(b)) for a, b in whole)
    pairs = zip(left_states, right_states, strict=True)
    return tf.concat([left, right], 1), [tf.concat(pair, 0) for pair in pairs]


def require_batch(steps: Tensor, size: int, message: str) -> Tensor:
    """The steps (steps, batch, ...); the run fails with the message if the batch has another size.

    A batch of one row would else be repeated silently to meet the states.
    """
    check = tf.debugging.assert_equal(tf.shape(steps)[1], size, message)
    with tf.control_dependencies([] if check is None else [check]):
        steps = tf.identity(steps)
    steps.set_shape([None, size, *[None] * (steps.shape.rank - 2)])
    return steps


def steps_array(count: Any, *shape: int | None, dtype: Any) -> Any:
    """Room for a tensor (batch, *shape) at each step."""
    return tf.TensorArray(dtype, count, element_shape=[None, *shape])


def keep(mask: Tensor | None, t: Any, new: Tensor, old: Tensor) -> Tensor:
    """Where the step is masked the old value stays; the mask is (steps, batch, 1)."""
    if mask is None:
        return new
    here = mask[t]
    missing = new.shape.rank - here.shape.rank
    if missing:
        here = tf.reshape(here, [-1, *[1] * (new.shape.rank - 1)])
    return tf.where(here, new, old)


def previous(states: Tensor, first: Tensor) -> Tensor:
    """The state before each step, from those after each (steps, batch, units) and the first."""
    return tf.concat([first[None], states[:-1]], 0)


def product_of_rows(a: Tensor, b: Tensor) -> Tensor:
    """The sum over steps and batch of the outer products of two (steps, batch, n)."""
    flat_a = tf.reshape(a, [-1, a.shape[-1]])
    return tf.matmul(flat_a, tf.reshape(b, [-1, b.shape[-1]]), transpose_a=True)
