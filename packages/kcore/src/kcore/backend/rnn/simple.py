"""The plain recurrent network over a sequence."""

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


def simple_rnn(
    projected: Tensor,
    recurrent_kernel: Tensor,
    hidden: Tensor,
    mask: Tensor | None = None,
    unroll: bool | int = False,
) -> tuple[Tensor, Tensor]:
    """h = tanh(projected + h . recurrent_kernel) at each step (Elman, 1990).

    Args:
        projected: input times kernel plus bias, (steps, batch, units).
        recurrent_kernel: (units, units).
        hidden: first state, (batch, units).
        mask: (steps, batch, 1) booleans; where False the state stays as it was. None: all True.
        unroll: see `run_steps`.

    Returns:
        States (steps, batch, units) and the last state.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(projected: Tensor, kernel: Tensor, hidden: Tensor) -> Any:
        outputs, last = _forward(projected, kernel, hidden, mask, unroll)

        def gradient(d_outputs: Tensor, d_last: Tensor) -> tuple[Tensor, ...]:
            d_z, d_hidden = _backward(outputs, kernel, d_outputs, d_last, mask, unroll)
            return d_z, product_of_rows(previous(outputs, hidden), d_z), d_hidden

        return (outputs, last), gradient

    return run(projected, recurrent_kernel, hidden)  # type: ignore[no-any-return]


def _forward(
    projected: Tensor, kernel: Tensor, hidden: Tensor, mask: Any, unroll: Any
) -> tuple[Tensor, Tensor]:
    count = count_steps(projected)

    def body(t: Any, h: Tensor, outputs: Any) -> tuple[Any, ...]:
        h = keep(mask, t, tf.tanh(projected[t] + tf.matmul(h, kernel)), h)
        return h, outputs.write(t, h)

    array = steps_array(count, kernel.shape[0], dtype=projected.dtype)
    last, outputs = run_steps(count, body, [hidden, array], unroll=unroll)
    return outputs.stack(), last


def _backward(
    outputs: Tensor, kernel: Tensor, d_outputs: Tensor, d_last: Tensor, mask: Any, unroll: Any
) -> tuple[Tensor, Tensor]:
    slopes = 1 - outputs * outputs
    if mask is not None:
        slopes = tf.where(mask, slopes, tf.zeros_like(slopes))
    count = count_steps(outputs)
    transposed = tf.transpose(kernel)

    def body(t: Any, d_h: Tensor, all_z: Any) -> tuple[Any, ...]:
        d_h = d_h + d_outputs[t]
        d_z = d_h * slopes[t]
        return keep(mask, t, tf.matmul(d_z, transposed), d_h), all_z.write(t, d_z)

    start = [d_last, steps_array(count, outputs.shape[-1], dtype=outputs.dtype)]
    d_h, all_z = run_steps(count, body, start, backwards=True, unroll=unroll)
    return all_z.stack(), d_h
