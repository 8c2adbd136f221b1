"""GroupNormalization: groups of channels get mean 0 and variance 1 in each sample."""

from __future__ import annotations

from typing import Any

from kcore import backend, ops, shapes
from kcore.arguments import whole
from kcore.errors import ShapeError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.normalization.base import BaseNormalization, one_axis


class GroupNormalization(BaseNormalization):
    """gamma * (inputs - mean) / sqrt(variance + epsilon) + beta, group by group of a sample.

    The channels are split into groups of neighbours; mean and variance are taken over all places
    and the channels of a group. With one group this is layer normalization over all axes but the
    batch, with one channel a group it is instance normalization. Wu and He, Group Normalization,
    2018.

    Args:
        groups: a divisor of the number of channels; -1 for one channel a group.
        axis: of the channels, default the last.
        epsilon: added to the variance, at least 0.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer: first values of beta.
        gamma_initializer: first values of gamma.
        beta_regularizer: adds to the loss from beta.
        gamma_regularizer: adds to the loss from gamma.
        beta_constraint: applied to beta after each update.
        gamma_constraint: applied to gamma after each update.
        **kwargs: see Layer.

    Shapes:
        input and output have the same, (batch, ..., channels); weights gamma and beta (channels,).

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the input has no such axis, or the groups do not divide its channels.

    Example:
        >>> GroupNormalization(4).compute_output_shape((None, 8, 8, 16))
        (None, 8, 8, 16)
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
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
        owner = "GroupNormalization"
        self.groups = groups if groups == -1 else whole(groups, "groups (if not -1)", owner, 1)
        self.axis = one_axis(axis, owner)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Makes gamma and beta, one number a channel each."""
        rank = len(input_shape)
        axis = shapes.normalize_axis(self.axis, rank, f"{self._describe()}: axis")
        channels = input_shape[axis]
        if channels is not None and channels % self.groups:
            raise ShapeError(
                f"{self._describe()}: groups={self.groups} does not divide the {channels} channels "
                f"(axis {self.axis}) of its input {shapes.describe(input_shape)}. Choose a divisor "
                f"of {channels}, or -1 for one channel a group."
            )
        self.add_gamma_and_beta((channels,))
        self.input_spec = InputSpec(ndim=rank, axes={axis: channels})

    def call(self, inputs: Tensor) -> Tensor:
        """The normalised input."""
        rank = len(inputs.shape)
        axis = self.axis % rank
        groups = inputs.shape[axis] if self.groups == -1 else self.groups
        arguments = (*self.gamma_and_beta(), groups, self.epsilon)
        if axis in (1, rank - 1):
            return backend.normalization.group_normalization(inputs, *arguments, axis < rank - 1)
        order = [i for i in range(rank) if i != axis] + [axis]
        outputs = backend.normalization.group_normalization(
            ops.transpose(inputs, order), *arguments
        )
        return ops.transpose(outputs, [order.index(i) for i in range(rank)])
