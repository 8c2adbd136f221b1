"""Gated recurrent units over a sequence, in both forms that are in use.

Gates are in the order update, reset, candidate. The factors by which a step's gradient is
multiplied depend on the forward values only, so they are computed for all steps at once.
"""

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


def gru(
    projected: Tensor,
    recurrent_kernel: Tensor,
    recurrent_bias: Tensor,
    hidden: Tensor,
    mask: Tensor | None = None,
    unroll: bool | int = False,
) -> tuple[Tensor, Tensor]:
    """The form whose reset gate acts after the recurrent product (Cho et al., 2014, as in CuDNN).

    z, r = sigmoid of projection plus product, g = tanh(projection + r * product),
    h = z * h + (1 - z) * g, where product = h . recurrent_kernel + recurrent_bias.

    Args:
        projected: input times kernel plus input bias, (steps, batch, 3 * units).
        recurrent_kernel: (units, 3 * units).
        recurrent_bias: (3 * units,).
        hidden: first state, (batch, units).
        mask: (steps, batch, 1) booleans; where False the state stays as it was. None: all True.
        unroll: see `run_steps`.

    Returns:
        States (steps, batch, units) and the last state.
    """
    units = recurrent_kernel.shape[0]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(projected: Tensor, kernel: Tensor, bias: Tensor, hidden: Tensor) -> Any:
        def product(h: Tensor, x: Tensor) -> tuple[Tensor, ...]:
            inner = tf.matmul(h, kernel) + bias
            gates = tf.sigmoid(x[:, : 2 * units] + inner[:, : 2 * units])
            z, r = tf.split(gates, 2, 1)
            p = inner[:, 2 * units :]
            return z, r, p, tf.tanh(x[:, 2 * units :] + r * p)

        outputs, last, saved = _forward(projected, hidden, product, units, mask, unroll)

        def gradient(d_outputs: Tensor, d_last: Tensor) -> tuple[Tensor, ...]:
            before = previous(outputs, hidden)
            z, r, p, g = tf.split(saved, 4, 2)
            by_g = (1 - z) * (1 - g * g)
            factors = tf.concat([(before - g) * z * (1 - z), by_g * p * r * (1 - r), by_g * r], 2)
            transposed = tf.transpose(kernel)

            def back(t: Any, d_h: Tensor) -> Tensor:
                return d_h * z[t] + tf.matmul(tf.tile(d_h, [1, 3]) * factors[t], transposed)

            all_h, d_hidden = _backward(d_outputs, d_last, back, mask, unroll)
            d_inner = tf.tile(all_h, [1, 1, 3]) * factors
            d_x = tf.concat([d_inner[:, :, : 2 * units], all_h * by_g], 2)
            return d_x, product_of_rows(before, d_inner), tf.reduce_sum(d_inner, (0, 1)), d_hidden

        return (outputs, last), gradient

    return run(projected, recurrent_kernel, recurrent_bias, hidden)  # type: ignore[no-any-return]


def gru_reset_first(
    projected: Tensor,
    recurrent_kernel: Tensor,
    hidden: Tensor,
    mask: Tensor | None = None,
    unroll: bool | int = False,
) -> tuple[Tensor, Tensor]:
    """The form whose reset gate acts on the state before the recurrent product.

    As `gru`, but g = tanh(projection + (r * h) . recurrent_kernel of the candidate), and no bias of
    its own: one added to the projection is the same (Cho et al., 2014, first version).
    """
    units = recurrent_kernel.shape[0]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(projected: Tensor, kernel: Tensor, hidden: Tensor) -> Any:
        for_gates, for_candidate = kernel[:, : 2 * units], kernel[:, 2 * units :]

        def product(h: Tensor, x: Tensor) -> tuple[Tensor, ...]:
            z, r = tf.split(tf.sigmoid(x[:, : 2 * units] + tf.matmul(h, for_gates)), 2, 1)
            p = r * h
            return z, r, p, tf.tanh(x[:, 2 * units :] + tf.matmul(p, for_candidate))

        outputs, last, saved = _forward(projected, hidden, product, units, mask, unroll)

        def gradient(d_outputs: Tensor, d_last: Tensor) -> tuple[Tensor, ...]:
            before = previous(outputs, hidden)
            z, r, p, g = tf.split(saved, 4, 2)
            by_g = (1 - z) * (1 - g * g)
            by_z = (before - g) * z * (1 - z)
            by_r = before * r * (1 - r)
            gates_back, candidate_back = tf.transpose(for_gates), tf.transpose(for_candidate)

            def back(t: Any, d_h: Tensor) -> Tensor:
                d_p = tf.matmul(d_h * by_g[t], candidate_back)
                d_gates = tf.concat([d_h * by_z[t], d_p * by_r[t]], 1)
                return d_h * z[t] + d_p * r[t] + tf.matmul(d_gates, gates_back)

            all_h, d_hidden = _backward(d_outputs, d_last, back, mask, unroll)
            d_g = all_h * by_g
            d_r = tf.einsum("tbu,uv->tbv", d_g, candidate_back) * by_r
            d_x = tf.concat([all_h * by_z, d_r, d_g], 2)
            d_kernel = tf.concat(
                [product_of_rows(before, d_x[:, :, : 2 * units]), product_of_rows(p, d_g)], 1
            )
            return d_x, d_kernel, d_hidden

        return (outputs, last), gradient

    return run(projected, recurrent_kernel, hidden)  # type: ignore[no-any-return]


def _forward(
    projected: Tensor, hidden: Tensor, product: Any, units: int, mask: Any, unroll: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """States of all steps, the last one, and (z, r, p, g) of all steps side by side."""
    count = count_steps(projected)

    def body(t: Any, h: Tensor, outputs: Any, saved: Any) -> tuple[Any, ...]:
        z, r, p, g = product(h, projected[t])
        h = keep(mask, t, g + z * (h - g), h)
        return h, outputs.write(t, h), saved.write(t, tf.concat([z, r, p, g], 1))

    arrays = [steps_array(count, width, dtype=projected.dtype) for width in (units, 4 * units)]
    last, outputs, saved = run_steps(count, body, [hidden, *arrays], unroll=unroll)
    return outputs.stack(), last, saved.stack()


def _backward(
    d_outputs: Tensor, d_last: Tensor, back: Any, mask: Any, unroll: Any
) -> tuple[Tensor, Tensor]:
    """The gradient that reaches each step's state (zero where masked), and the first state's."""
    count = count_steps(d_outputs)

    def body(t: Any, d_h: Tensor, all_h: Any) -> tuple[Any, ...]:
        d_h = d_h + d_outputs[t]
        return keep(mask, t, back(t, d_h), d_h), all_h.write(t, d_h)

    start = [d_last, steps_array(count, d_last.shape[-1], dtype=d_last.dtype)]
    d_hidden, all_h = run_steps(count, body, start, backwards=True, unroll=unroll)
    all_h = all_h.stack()
    if mask is not None:
        all_h = tf.where(mask, all_h, tf.zeros_like(all_h))
    return all_h, d_hidden
