"""Dense: every output is a weighted sum of all inputs."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations, constraints, initializers, ops, regularizers, shapes
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor


class Dense(Layer):
    """activation(inputs @ kernel + bias) over the last axis.

    Args:
        units: number of outputs, at least 1.
        activation: function or name; none if None.
        use_bias: whether `bias` is added.
        kernel_initializer: first values of the kernel.
        bias_initializer: first values of the bias.
        kernel_regularizer: adds to the loss from the kernel.
        bias_regularizer: adds to the loss from the bias.
        kernel_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        **kwargs: see Layer.

    Shapes:
        input (batch, ..., features), output (batch, ..., units); weights kernel (features, units)
        and bias (units,).

    Raises:
        ConfigurationError: if units is no positive whole number.

    Example:
        >>> Dense(3).compute_output_shape((None, 2))
        (None, 3)
    """

    takes_several = False

    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = shapes.as_tuple(units, 1, "Dense: units")[0]
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the number of features."""
        self.kernel = self.add_weight(
            (input_shape[-1], self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Tensor) -> Tensor:
        """(batch, ..., features) to (batch, ..., units)."""
        outputs = ops.matmul(inputs, ops.cast(self.kernel, self.compute_dtype))
        if self.bias is not None:
            outputs = ops.bias_add(
                outputs, ops.cast(self.bias, self.compute_dtype), "channels_last"
            )
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The last size becomes `units`."""
        return (*input_shape[:-1], self.units)
