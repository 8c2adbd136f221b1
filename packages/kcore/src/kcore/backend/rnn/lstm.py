"""Recurrent kernels with hand-written gradients.

The input's projection is one large product made before the loop, the weights' gradients are one
large product made after it, and the loops between hold only what must happen step by step.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def _loop(count: Tensor, body: Any, start: list[Any], backwards: bool) -> list[Any]:
    """Runs `body(t, *values)` for every step, last to first if backwards."""
    first = count - 1 if backwards else tf.constant(0)
    step = -1 if backwards else 1

    def advance(t: Tensor, *values: Any) -> tuple[Any, ...]:
        return (t + step, *body(t, *values))

    def unfinished(t: Tensor, *_: Any) -> Tensor:
        return t >= 0 if backwards else t < count

    return list(tf.while_loop(unfinished, advance, [first, *start], parallel_iterations=1)[1:])


def _steps_array(count: Tensor, width: int, dtype: Any) -> Any:
    return tf.TensorArray(dtype, count, element_shape=[None, width])


def _keep(mask: Tensor | None, t: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Where the step is masked the old value stays."""
    return new if mask is None else tf.where(mask[t], new, old)


def lstm(
    projected: Tensor,
    recurrent_kernel: Tensor,
    hidden: Tensor,
    cell: Tensor,
    mask: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Long short-term memory with sigmoid gates and tanh (Hochreiter and Schmidhuber, 1997).

    Args:
        projected: input times kernel plus bias, (steps, batch, 4 * units), gates in the order
            input, forget, candidate, output.
        recurrent_kernel: (units, 4 * units).
        hidden: first hidden state, (batch, units).
        cell: first cell state, (batch, units).
        mask: (steps, batch, 1) booleans; where False the states stay as they were. None: all True.

    Returns:
        Hidden states (steps, batch, units), last hidden state and last cell state.
    """
    units = recurrent_kernel.shape[0]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(projected: Tensor, kernel: Tensor, hidden: Tensor, cell: Tensor) -> Any:
        outputs, h, c, saved = _lstm_forward(projected, kernel, hidden, cell, mask, units)

        def gradient(d_outputs: Tensor, d_h: Tensor, d_c: Tensor) -> tuple[Tensor, ...]:
            d_z, d_hidden, d_cell = _lstm_backward(saved, kernel, d_outputs, d_h, d_c, mask)
            before = tf.concat([hidden[None], outputs[:-1]], 0)
            d_kernel = tf.matmul(
                tf.reshape(before, [-1, units]), tf.reshape(d_z, [-1, 4 * units]), transpose_a=True
            )
            return d_z, d_kernel, d_hidden, d_cell

        return (outputs, h, c), gradient

    return run(projected, recurrent_kernel, hidden, cell)  # type: ignore[no-any-return]


def _lstm_forward(
    projected: Tensor, kernel: Tensor, hidden: Tensor, cell: Tensor, mask: Any, units: int
) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:
    count = tf.shape(projected)[0]

    def body(t: Tensor, h: Tensor, c: Tensor, sums: Any, cells: Any, outputs: Any) -> Any:
        z = projected[t] + tf.matmul(h, kernel)
        i, f, g, o = tf.split(z, 4, 1)
        new_c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        new_h = _keep(mask, t, tf.sigmoid(o) * tf.tanh(new_c), h)
        cells = cells.write(t, c)
        kept = _keep(mask, t, new_c, c)
        return new_h, kept, sums.write(t, z), cells, outputs.write(t, new_h)

    widths = (4 * units, units, units)
    arrays = [_steps_array(count, width, projected.dtype) for width in widths]
    h, c, sums, cells, outputs = _loop(count, body, [hidden, cell, *arrays], backwards=False)
    return outputs.stack(), h, c, (sums.stack(), cells.stack())


def _lstm_backward(
    saved: tuple[Tensor, Tensor],
    kernel: Tensor,
    d_outputs: Tensor,
    d_h: Tensor,
    d_c: Tensor,
    mask: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """What the steps do not share is computed for all of them at once, outside the loop."""
    sums, before = saved
    i, f, g, o = tf.split(sums, 4, 2)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    squashed = tf.tanh(f * before + i * g)
    by_cell = tf.concat([g * i * (1 - i), before * f * (1 - f), i * (1 - g * g)], 2)
    by_hidden = squashed * o * (1 - o)
    to_cell = o * (1 - squashed * squashed)
    count = tf.shape(sums)[0]
    transposed = tf.transpose(kernel)

    def body(t: Tensor, d_h: Tensor, d_c: Tensor, all_z: Any) -> tuple[Any, ...]:
        d_h = d_h + d_outputs[t]
        through = d_c + d_h * to_cell[t]
        d_z = tf.concat([tf.tile(through, [1, 3]) * by_cell[t], d_h * by_hidden[t]], 1)
        if mask is not None:
            d_z = tf.where(mask[t], d_z, tf.zeros_like(d_z))
        d_before = _keep(mask, t, tf.matmul(d_z, transposed), d_h)
        return d_before, _keep(mask, t, through * f[t], d_c), all_z.write(t, d_z)

    start = [d_h, d_c, _steps_array(count, sums.shape[-1], sums.dtype)]
    d_h, d_c, all_z = _loop(count, body, start, backwards=True)
    return all_z.stack(), d_h, d_c


def scan(
    step: Any, projected: Tensor, states: tuple[Tensor, ...], mask: Tensor | None
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Runs any recurrent step over a sequence, with the gradient that the backend derives.

    Args:
        step: function (input of the step, states) giving (output, states).
        projected: (steps, batch, ...).
        states: before the first step.
        mask: as for `lstm`; a masked step repeats the last output.

    Returns:
        Outputs (steps, batch, units) and the last states.
    """
    count = tf.shape(projected)[0]

    def body(t: Tensor, outputs: Any, last: Tensor, *states: Tensor) -> tuple[Any, ...]:
        output, new = step(projected[t], states)
        output = _keep(mask, t, output, last)
        new = tuple(_keep(mask, t, a, b) for a, b in zip(new, states, strict=True))
        return (outputs.write(t, output), output, *new)

    last = tf.zeros_like(states[0])
    array = _steps_array(count, states[0].shape[-1], projected.dtype)
    outputs, _, *final = _loop(count, body, [array, last, *states], backwards=False)
    return outputs.stack(), tuple(final)
