"""Update kernels of the optimizers: each changes a variable and its slots in place, in one pass.

`gradient` is a tensor, or rows of it (IndexedSlices) where the variable was read by lookup. The
dense formulas apply to both: a slot that decays, decays in every row.
"""

from __future__ import annotations

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
