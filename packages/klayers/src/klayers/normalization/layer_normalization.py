"""LayerNormalization: every sample gets mean 0 and variance 1 over its features."""

from __future__ import annotations

from typing import Any

from kcore import ops, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.normalization.base import BaseNormalization, several_axes


class LayerNormalization(BaseNormalization):
    """gamma * (inputs - mean) / sqrt(variance + epsilon) + beta, sample by sample.

    Mean and (biased) variance are taken over `axis`; training and inference are the same. Ba et
    al., Layer Normalization, 2016.

    Args:
        axis: one or several, default the last.
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
        input and output have the same; weights gamma and beta have the sizes of the axes in
        ascending order.

    Raises:
        ConfigurationError: if an argument can never work.
        ShapeError: if the input has no such axis.

    Example:
        >>> LayerNormalization().compute_output_shape((None, 7, 32))
        (None, 7, 32)
    """

    def __init__(
        self,
        axis: Any = -1,
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
        self.axis = several_axes(axis, "LayerNormalization")
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Makes gamma and beta for the sizes of the axes."""
        rank, owner = len(input_shape), f"{self._describe()}: axis"
        axes = shapes.normalize_axes(self.axis, rank, owner)
        sizes = {axis: input_shape[axis] for axis in sorted(axes)}
        self.add_gamma_and_beta(tuple(sizes.values()))
        self.input_spec = InputSpec(ndim=rank, axes=sizes)

    def call(self, inputs: Tensor) -> Tensor:
        """The normalised input."""
        gamma, beta = self.gamma_and_beta()
        return ops.layer_normalization(inputs, gamma, beta, self.axis, self.epsilon)
