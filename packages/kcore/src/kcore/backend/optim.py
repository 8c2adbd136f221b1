"""Update kernels of the optimizers: each changes a variable and its slots in place, in one pass.

`gradient` is a tensor, or rows of it (IndexedSlices) where the variable was read by lookup. The
dense formulas apply to both: a slot that decays, decays in every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kcore.typing import Tensor


def densify(gradient: Any) -> Tensor:
    """The gradient with all rows; repeated rows are added up."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.convert_to_tensor(gradient)
    return gradient


def map_values(gradient: Any, change: Any) -> Any:
    """The gradient with `change` applied to its numbers; repeated rows are added up first."""
    if not isinstance(gradient, tf.IndexedSlices):
        return change(gradient)
    rows, where = tf.unique(gradient.indices)
    summed = tf.math.unsorted_segment_sum(gradient.values, where, tf.size(rows))
    return tf.IndexedSlices(change(summed), rows, gradient.dense_shape)


def all_finite(gradients: Sequence[Any]) -> Tensor:
    """Whether no entry is infinite or not a number."""
    values = [g.values if isinstance(g, tf.IndexedSlices) else g for g in gradients]
    return tf.reduce_all(tf.stack([tf.reduce_all(tf.math.is_finite(v)) for v in values]))


def finite_sum(values: Sequence[Any]) -> Tensor:
    """Whether the sum of all entries is finite: only if all are, in one pass without memory."""
    plain = [v.values if isinstance(v, tf.IndexedSlices) else v for v in values]
    sums = [tf.reduce_sum(v if v.dtype.size > 2 else tf.cast(v, tf.float32)) for v in plain]
    return tf.math.is_finite(tf.add_n([tf.cast(s, tf.float32) for s in sums]))


def add(var: Any, gradient: Any) -> None:
    """var += gradient, rows where it has rows only."""
    if isinstance(gradient, tf.IndexedSlices):
        tf.raw_ops.ResourceScatterAdd(
            resource=var.handle, indices=gradient.indices, updates=gradient.values
        )
        return
    var.assign_add(gradient, read_value=False)


def _mean(slot: Any, value: Tensor, memory: float) -> Tensor:
    """slot = memory * slot + (1 - memory) * value; the new value."""
    slot.assign_add((value - slot) * (1.0 - memory), read_value=False)
    return slot.read_value()


def descent(var: Any, gradient: Any, rate: Tensor) -> None:
    """var -= rate * gradient."""
    if isinstance(gradient, tf.IndexedSlices):
        tf.raw_ops.ResourceScatterSub(
            resource=var.handle, indices=gradient.indices, updates=rate * gradient.values
        )
        return
    tf.raw_ops.ResourceApplyGradientDescent(var=var.handle, alpha=rate, delta=gradient)


def momentum(
    var: Any, velocity: Any, gradient: Any, rate: Tensor, factor: Tensor, nesterov: bool
) -> None:
    """velocity = factor * velocity - rate * gradient; var += velocity (Nesterov: looks ahead)."""
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=var.handle,
        accum=velocity.handle,
        lr=rate,
        grad=densify(gradient),
        momentum=factor,
        use_nesterov=nesterov,
    )


def adam(
    var: Any,
    first: Any,
    second: Any,
    gradient: Any,
    rate: Tensor,
    powers: tuple[Tensor, Tensor],
    betas: tuple[Tensor, Tensor],
    epsilon: Tensor,
    largest: Any = None,
) -> None:
    """Adam (Kingma and Ba, 2015), with `largest` its AMSGrad form (Reddi et al., 2018).

    Args:
        powers: beta_1 and beta_2 to the power of the step's number.
        largest: slot with the largest second moment seen, or None.
    """
    common = {
        "var": var.handle,
        "m": first.handle,
        "v": second.handle,
        "beta1_power": powers[0],
        "beta2_power": powers[1],
        "lr": rate,
        "beta1": betas[0],
        "beta2": betas[1],
        "epsilon": epsilon,
        "grad": densify(gradient),
    }
    if largest is None:
        tf.raw_ops.ResourceApplyAdam(**common)
    else:
        tf.raw_ops.ResourceApplyAdamWithAmsgrad(vhat=largest.handle, **common)


def rmsprop(
    var: Any,
    square: Any,
    step: Any,
    gradient: Any,
    rate: Tensor,
    constants: tuple[float, float, float],
    mean: Any = None,
) -> None:
    """RMSprop (Tieleman and Hinton, 2012), with `mean` its centered form (Graves, 2013).

    Args:
        constants: memory of the mean square, momentum, epsilon.
    """
    rho, momentum_, epsilon = constants
    common = {
        "var": var.handle,
        "ms": square.handle,
        "mom": step.handle,
        "lr": rate,
        "rho": rho,
        "momentum": momentum_,
        "epsilon": epsilon,
        "grad": densify(gradient),
    }
    if mean is None:
        tf.raw_ops.ResourceApplyRMSProp(**common)
    else:
        tf.raw_ops.ResourceApplyCenteredRMSProp(mg=mean.handle, **common)


def adagrad(var: Any, total: Any, gradient: Any, rate: Tensor, epsilon: float) -> None:
    """Adagrad (Duchi et al., 2011), epsilon inside the root; rows where the gradient has rows."""
    if not isinstance(gradient, tf.IndexedSlices):
        total.assign_add(gradient * gradient, read_value=False)
        var.assign_sub(rate * gradient * tf.math.rsqrt(total + epsilon), read_value=False)
        return
    summed = map_values(gradient, lambda v: v)
    add(total, tf.IndexedSlices(summed.values * summed.values, summed.indices))
    length = tf.math.rsqrt(tf.gather(total, summed.indices) + epsilon)
    descent(var, tf.IndexedSlices(summed.values * length, summed.indices), rate)


def adadelta(
    var: Any,
    square: Any,
    delta: Any,
    gradient: Any,
    rate: Tensor,
    constants: tuple[float, float],
) -> None:
    """Adadelta (Zeiler, 2012).

    Args:
        constants: memory of the means, epsilon.
    """
    tf.raw_ops.ResourceApplyAdadelta(
        var=var.handle,
        accum=square.handle,
        accum_update=delta.handle,
        lr=rate,
        rho=constants[0],
        epsilon=constants[1],
        grad=densify(gradient),
    )


def adamax(
    var: Any,
    first: Any,
    norm: Any,
    gradient: Any,
    rate: Tensor,
    power: Tensor,
    constants: tuple[float, float, float],
) -> None:
    """Adamax (Kingma and Ba, 2015, section 7.1).

    Args:
        power: beta_1 to the power of the step's number.
        constants: beta_1, beta_2, epsilon.
    """
    tf.raw_ops.ResourceApplyAdaMax(
        var=var.handle,
        m=first.handle,
        v=norm.handle,
        beta1_power=power,
        lr=rate,
        beta1=constants[0],
        beta2=constants[1],
        epsilon=constants[2],
        grad=densify(gradient),
    )


def nadam(
    var: Any,
    first: Any,
    second: Any,
    gradient: Any,
    factors: tuple[Tensor, ...],
    constants: tuple[float, float, float],
) -> None:
    """Nadam (Dozat, 2016).

    Args:
        factors: of the mean, of the gradient (rates included), and of the mean square.
        constants: beta_1, beta_2, epsilon.
    """
    by_mean, by_gradient, correction = factors
    gradient = densify(gradient)
    mean = _mean(first, gradient, constants[0])
    square = _mean(second, gradient * gradient, constants[1])
    step = (mean * by_mean + gradient * by_gradient) / (tf.sqrt(square * correction) + constants[2])
    var.assign_sub(step, read_value=False)


def ftrl(
    var: Any,
    total: Any,
    linear: Any,
    gradient: Any,
    rates: tuple[Tensor, Tensor],
    constants: tuple[float, float, float],
) -> None:
    """Follow the regularized leader (McMahan et al., 2013).

    Rows without a gradient change too: the formula pulls them to zero.

    Args:
        rates: learning rate and l2.
        constants: l1, shrinkage, power of the learning rate.
    """
    common = {
        "var": var.handle,
        "accum": total.handle,
        "linear": linear.handle,
        "lr": rates[0],
        "l1": constants[0],
        "l2": rates[1],
        "l2_shrinkage": constants[1],
        "lr_power": constants[2],
    }
    tf.raw_ops.ResourceApplyFtrlV2(**common, grad=densify(gradient))


def lion(var: Any, first: Any, gradient: Any, rate: Tensor, betas: tuple[float, float]) -> None:
    """Lion (Chen et al., 2023)."""
    gradient = densify(gradient)
    mixed = first * betas[0] + gradient * (1.0 - betas[0])
    var.assign_sub(rate * tf.sign(mixed), read_value=False)
    _mean(first, gradient, betas[1])


def lamb(
    var: Any,
    first: Any,
    second: Any,
    gradient: Any,
    factors: tuple[Tensor, ...],
    constants: tuple[float, float, float],
) -> None:
    """Lamb (You et al., 2020).

    Args:
        factors: learning rate, corrections of the two means.
        constants: beta_1, beta_2, epsilon.
    """
    rate, by_first, by_second = factors
    gradient = densify(gradient)
    mean = _mean(first, gradient, constants[0]) * by_first
    square = _mean(second, gradient * gradient, constants[1]) * by_second
    step = mean / (tf.sqrt(square) + constants[2])
    weight, length = tf.norm(var), tf.norm(step)
    both = tf.logical_and(weight > 0, length > 0)
    ratio = tf.where(both, weight / tf.where(both, length, tf.ones_like(length)), 1.0)
    var.assign_sub(rate * ratio * step, read_value=False)


def adafactor(
    var: Any,
    slots: tuple[Any, Any, Any],
    gradient: Any,
    rates: tuple[Tensor, Tensor],
    constants: tuple[float, float, float],
) -> None:
    """Adafactor (Shazeer and Stern, 2018).

    Args:
        slots: means by row, by column (for two axes or more), else by element.
        rates: learning rate, share of the means that is forgotten.
        constants: epsilon_1, epsilon_2, clip_threshold.
    """
    rate, forgotten = rates
    row, column, each = slots
    epsilon_1, epsilon_2, threshold = constants
    gradient = densify(gradient)
    square = gradient * gradient + tf.cast(epsilon_1, gradient.dtype)

    def moved(slot: Any, value: Tensor) -> Tensor:
        slot.assign_add((value - slot) * forgotten, read_value=False)
        return slot.read_value()

    if var.shape.rank < 2:
        step = gradient * tf.math.rsqrt(moved(each, square))
    else:
        rows = moved(row, tf.reduce_mean(square, -1))
        columns = moved(column, tf.reduce_mean(square, -2))
        share = rows / tf.reduce_mean(rows, -1, keepdims=True)
        step = gradient * tf.math.rsqrt(share[..., None] * columns[..., None, :])
    size = tf.sqrt(tf.reduce_mean(tf.square(var)))
    length = tf.sqrt(tf.reduce_mean(tf.square(step)))
    scale = rate * tf.maximum(tf.cast(epsilon_2, size.dtype), size)
    var.assign_sub(step * (scale / tf.maximum(1.0, length / threshold)), read_value=False)


def orthogonalize(matrix: Tensor, factors: tuple[float, float, float], steps: int) -> Tensor:
    """The nearest matrix with orthogonal rows or columns, about, by Newton-Schulz steps.

    x = a x + (b y + c y y) x with y = x x', from x of length 1 (Jordan, 2024).
    """
    a, b, c = factors
    tall = matrix.shape[0] > matrix.shape[1]
    x = tf.transpose(matrix) if tall else matrix
    x = x / (tf.norm(x) + 1e-7)
    for _ in range(steps):
        y = tf.matmul(x, x, transpose_b=True)
        x = a * x + tf.matmul(b * y + c * tf.matmul(y, y), x)
    return tf.transpose(x) if tall else x


def muon(
    var: Any,
    first: Any,
    gradient: Any,
    rate: Tensor,
    momentum_: float,
    nesterov: bool,
    direction: tuple[tuple[float, float, float], int],
) -> None:
    """Muon (Jordan, 2024): momentum, made orthogonal.

    Args:
        rate: with what scales the step by the weight's shape.
        direction: factors and number of Newton-Schulz steps.
    """
    gradient = densify(gradient)
    first.assign(first * momentum_ + gradient, read_value=False)
    mixed = gradient + first * momentum_ if nesterov else first.read_value()
    flat = tf.reshape(mixed, [-1, var.shape[-1]])
    step = orthogonalize(flat, *direction)
    var.assign_sub(rate * tf.reshape(step, var.shape), read_value=False)
