"""PReLU: a slope below zero that is learnt."""

from __future__ import annotations

from typing import Any

from kcore import Layer, constraints, initializers, ops, regularizers, shapes
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class PReLU(Layer):
    """x where positive, alpha * x elsewhere, with one alpha for each place (He et al., 2015).

    Args:
        alpha_initializer: first values of alpha.
        alpha_regularizer: adds to the loss from alpha.
        alpha_constraint: applied to alpha after each update.
        shared_axes: axes along which all places have one alpha, counted from 1 (the batch is 0);
            [1, 2] behind a Conv2D gives one alpha a channel.
        **kwargs: see Layer.

    Shapes:
        input and output have the same, of any rank; weight alpha has the input's without the batch,
        1 along shared axes.

    Raises:
        ConfigurationError: if the batch is among the shared axes.

    Example:
        >>> PReLU(shared_axes=[1]).compute_output_shape((None, 4, 3))
        (None, 4, 3)
    """

    takes_several = False
    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if axes is None else list(axes)
        if any(type(axis) is not int for axis in self.shared_axes or ()):
            raise ConfigurationError(
                f"PReLU: shared_axes must hold whole numbers; received {shared_axes!r}."
            )
        if 0 in (self.shared_axes or ()):
            raise ConfigurationError(
                f"PReLU: shared_axes counts from 1, the batch (0) is always shared; received "
                f"{shared_axes!r}."
            )

    def build(self, input_shape: Shape) -> None:
        """Makes alpha for the shape of one sample."""
        owner = f"Layer {self.name!r} (PReLU): shared_axes"
        rank = len(input_shape)
        shared = {shapes.normalize_axis(a, rank, owner) for a in self.shared_axes or ()}
        sizes = [1 if axis in shared else s for axis, s in enumerate(input_shape)][1:]
        self.alpha = self.add_weight(
            sizes,
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        fixed = {axis: s for axis, s in enumerate(input_shape) if axis and axis not in shared}
        self.input_spec = InputSpec(ndim=rank, axes=fixed)

    def call(self, inputs: Tensor) -> Tensor:
        """Each element by the function."""
        alpha = ops.cast(self.alpha, self.compute_dtype)
        # negating the slope, which is small, spares the gradient a pass over the data
        return ops.relu(inputs) + -alpha * ops.relu(-inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
