"""Long short-term memory over a sequence."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kcore.backend.rnn.loop import (
    count_steps,
    keep,
    previous,
    product_of_rows,
    run_steps,
    steps_array,
)
from kcore.typing import Tensor


def lstm(
    projected: Tensor,
    recurrent_kernel: Tensor,
    hidden: Tensor,
    cell: Tensor,
    mask: Tensor | None = None,
    unroll: bool | int = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Long short-term memory with sigmoid gates and tanh (Hochreiter and Schmidhuber, 1997).

    Args:
        projected: input times kernel plus bias, (steps, batch, 4 * units), gates in the order
            input, forget, candidate, output.
        recurrent_kernel: (units, 4 * units).
        hidden: first hidden state, (batch, units).
        cell: first cell state, (batch, units).
        mask: (steps, batch, 1) booleans; where False the states stay as they were. None: all True.
        unroll: see `run_steps`.

    Returns:
        Hidden states (steps, batch, units), last hidden state and last cell state.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(projected: Tensor, kernel: Tensor, hidden: Tensor, cell: Tensor) -> Any:
        outputs, h, c, saved = _forward(projected, kernel, hidden, cell, mask, unroll)

        def gradient(d_outputs: Tensor, d_h: Tensor, d_c: Tensor) -> tuple[Tensor, ...]:
            d_z, d_hidden, d_cell = _backward(saved, kernel, d_outputs, d_h, d_c, mask, unroll)
            d_kernel = product_of_rows(previous(outputs, hidden), d_z)
            return d_z, d_kernel, d_hidden, d_cell

        return (outputs, h, c), gradient

    return run(projected, recurrent_kernel, hidden, cell)  # type: ignore[no-any-return]


def _forward(
    projected: Tensor, kernel: Tensor, hidden: Tensor, cell: Tensor, mask: Any, unroll: Any
) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:
    count, units = count_steps(projected), kernel.shape[0]

    def body(t: Any, h: Tensor, c: Tensor, sums: Any, cells: Any, outputs: Any) -> Any:
        z = projected[t] + tf.matmul(h, kernel)
        i, f, g, o = tf.split(z, 4, 1)
        new_c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        new_h = keep(mask, t, tf.sigmoid(o) * tf.tanh(new_c), h)
        cells = cells.write(t, c)
        kept = keep(mask, t, new_c, c)
        return new_h, kept, sums.write(t, z), cells, outputs.write(t, new_h)

    arrays = [steps_array(count, w, dtype=projected.dtype) for w in (4 * units, units, units)]
    h, c, sums, cells, outputs = run_steps(count, body, [hidden, cell, *arrays], unroll=unroll)
    return outputs.stack(), h, c, (sums.stack(), cells.stack())


def _backward(
    saved: tuple[Tensor, Tensor],
    kernel: Tensor,
    d_outputs: Tensor,
    d_h: Tensor,
    d_c: Tensor,
    mask: Any,
    unroll: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """What the steps do not share is computed for all of them at once, outside the loop."""
    sums, before = saved
    i, f, g, o = tf.split(sums, 4, 2)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    squashed = tf.tanh(f * before + i * g)
    by_cell = tf.concat([g * i * (1 - i), before * f * (1 - f), i * (1 - g * g)], 2)
    by_hidden = squashed * o * (1 - o)
    to_cell = o * (1 - squashed * squashed)
    count = count_steps(sums)
    transposed = tf.transpose(kernel)

    def body(t: Any, d_h: Tensor, d_c: Tensor, all_z: Any) -> tuple[Any, ...]:
        d_h = d_h + d_outputs[t]
        through = d_c + d_h * to_cell[t]
        d_z = tf.concat([tf.tile(through, [1, 3]) * by_cell[t], d_h * by_hidden[t]], 1)
        if mask is not None:
            d_z = tf.where(mask[t], d_z, tf.zeros_like(d_z))
        d_before = keep(mask, t, tf.matmul(d_z, transposed), d_h)
        return d_before, keep(mask, t, through * f[t], d_c), all_z.write(t, d_z)

    start = [d_h, d_c, steps_array(count, sums.shape[-1], dtype=sums.dtype)]
    d_h, d_c, all_z = run_steps(count, body, start, backwards=True, unroll=unroll)
    return all_z.stack(), d_h, d_c
