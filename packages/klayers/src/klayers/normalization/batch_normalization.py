"""BatchNormalization: every channel gets mean 0 and variance 1 over the batch."""

from __future__ import annotations

from typing import Any

from kcore import backend, context, initializers, ops, shapes
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.normalization.base import BaseNormalization, one_axis

# arguments of other generations of Keras, with the values that ask for nothing; None: any value
_LEGACY: dict[str, tuple[Any, ...] | None] = {
    "adjustment": (None,),
    "fused": None,
    "mode": (0,),
    "renorm": (False,),
    "renorm_clipping": None,
    "renorm_momentum": None,
    "virtual_batch_size": (None,),
}


class BatchNormalization(BaseNormalization):
    """gamma * (inputs - mean) / sqrt(variance + epsilon) + beta, channel by channel.

    In training mean and variance are the batch's, and the moving ones follow them: moving =
    momentum * moving + (1 - momentum) * batch. Otherwise, and if the layer is frozen, the moving
    ones are used. Ioffe and Szegedy, Batch Normalization, 2015.

    Args:
        axis: of the channels, default the last; a list of one axis is taken too.
        momentum: memory of the moving statistics, from 0 to 1.
        epsilon: keeps the division finite.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer: first values of beta.
        gamma_initializer: first values of gamma.
        moving_mean_initializer: first values of the moving mean.
        moving_variance_initializer: first values of the moving variance.
        beta_regularizer: adds to the loss from beta.
        gamma_regularizer: adds to the loss from gamma.
        beta_constraint: applied to beta after each update.
        gamma_constraint: applied to gamma after each update.
        synchronized: whether the statistics are those of the whole batch where several devices
            share it; else each normalises by its own, and the moving ones follow their mean.
        **kwargs: see Layer; of earlier arguments (renorm, fused, virtual_batch_size, adjustment)
            only values that ask for nothing are taken.

    Shapes:
        input and output have the same; weights gamma, beta, moving_mean, moving_variance
        (channels,).

    Raises:
        ConfigurationError: if an argument can never work, or asks for batch renormalization.

    Example:
        >>> BatchNormalization().compute_output_shape((None, 8, 8, 16))
        (None, 8, 8, 16)
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        _refuse_legacy(kwargs)
        super().__init__(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **kwargs,
        )
        owner = "BatchNormalization"
        self.axis = one_axis(axis, owner)
        self.momentum = number(momentum, "momentum", owner, low=0, high=1)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.synchronized = synchronized
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Makes four weights, one number a channel each."""
        axis = shapes.normalize_axis(self.axis, len(input_shape), "BatchNormalization: axis")
        size = (input_shape[axis],)
        self.add_gamma_and_beta(size)
        self.moving_mean = self.add_weight(
            size, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            size, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={axis: size[0]})

    def call(self, inputs: Tensor, training: bool = False, mask: Tensor | None = None) -> Tensor:
        """The normalised input; masked steps do not enter the statistics."""
        rank = len(inputs.shape)
        axis = self.axis % rank
        if axis == rank - 1:
            return self._normalize(inputs, training, mask)
        order = [i for i in range(rank) if i != axis] + [axis]
        back = [order.index(i) for i in range(rank)]
        return ops.transpose(self._normalize(ops.transpose(inputs, order), training, mask), back)

    def _normalize(self, inputs: Tensor, training: bool, mask: Tensor | None) -> Tensor:
        mean, variance = self.moving_mean.value, self.moving_variance.value
        gamma, beta = self.gamma_and_beta()
        gamma = ops.ones_like(mean) if gamma is None else gamma
        beta = ops.zeros_like(mean) if beta is None else beta
        if not training or not self.trainable:
            return ops.batch_normalization(inputs, mean, variance, -1, beta, gamma, self.epsilon)
        part = context.replica() if self.synchronized else None
        if mask is not None or part is not None:
            batch_mean, batch_variance = _moments(inputs, mask, part)
            outputs = _normalize_by(inputs, batch_mean, batch_variance, gamma, beta, self.epsilon)
        else:
            outputs, batch_mean, batch_variance = (
                backend.normalization.batch_normalization_training(
                    inputs, gamma, beta, self.epsilon
                )
            )
        share = 1.0 - self.momentum
        self.moving_mean.assign_add((ops.stop_gradient(batch_mean) - mean) * share)
        self.moving_variance.assign_add((ops.stop_gradient(batch_variance) - variance) * share)
        return outputs


def _refuse_legacy(kwargs: dict[str, Any]) -> None:
    """Takes earlier arguments out, if they ask for nothing."""
    for name in [name for name in _LEGACY if name in kwargs]:
        value, neutral = kwargs.pop(name), _LEGACY[name]
        if neutral is not None and value not in neutral:
            raise ConfigurationError(
                f"BatchNormalization: {name}={value!r} is not supported; only "
                f"{name}={neutral[0]!r} is. Leave it out, or use GroupNormalization where batches "
                "are too small for batch statistics."
            )


def _moments(
    inputs: Tensor, mask: Tensor | None, part: context.Replica | None
) -> tuple[Tensor, Tensor]:
    """Mean and variance over the steps where the mask holds, of all parts of the batch."""
    x = ops.cast(inputs, "float32")
    weights = ops.ones_like(x)
    if mask is not None:
        weights = weights * ops.cast(mask, "float32")[..., None]
    axes = tuple(range(len(x.shape) - 1))

    def total(*values: Tensor) -> list[Tensor]:
        sums = [ops.sum(value, axes) for value in values]
        return sums if part is None else part.total(sums)

    count, summed = total(weights, x * weights)
    count = ops.maximum(count, 1e-7)
    mean = summed / count
    return mean, total(weights * ops.square(x - mean))[0] / count


def _normalize_by(
    x: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
) -> Tensor:
    factor = gamma * ops.rsqrt(variance + epsilon)
    return ops.cast(ops.cast(x, "float32") * factor + (beta - mean * factor), x.dtype)
