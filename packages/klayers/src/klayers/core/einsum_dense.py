"""EinsumDense: sums of products over any axes, written as an equation."""

from __future__ import annotations

from typing import Any

from kcore import Layer, activations, constraints, initializers, ops, regularizers, shapes
from kcore.errors import ConfigurationError
from kcore.input_spec import InputSpec
from kcore.typing import Shape, Tensor
from klayers.core.einsum_equation import Equation


class EinsumDense(Layer):
    """activation(einsum(equation, inputs, kernel) + bias).

    The equation has a letter for each axis of the input, of the kernel and of the output: those
    that the output lacks are summed over. "ab,bc->ac" is Dense on a batch of rows;
    "abc,cde->abde" gives each of some steps several heads.

    Args:
        equation: "input,kernel->output"; the input and the output may both begin, or both end,
            with "..." for any further axes.
        output_shape: sizes of the output without the batch and the axes of "..."; None for a size
            that is the input's. One number stands for a shape of one axis.
        activation: function or name; none if None.
        bias_axes: letters of the output along which the bias differs; no bias if None.
        kernel_initializer: first values of the kernel.
        bias_initializer: first values of the bias.
        kernel_regularizer: adds to the loss from the kernel.
        bias_regularizer: adds to the loss from the bias.
        kernel_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        **kwargs: see Layer.

    Shapes:
        input and output as the equation says; weights kernel (a size for each of its letters) and
        bias (the sizes of the output from the first of `bias_axes` on, 1 for other letters).

    Raises:
        ConfigurationError: if the equation, the output shape and the bias axes do not fit together.
        ShapeError: if the input does not fit the equation or the output shape.

    Example:
        >>> EinsumDense("abc,cd->abd", (None, 64), bias_axes="d").compute_output_shape((None, 7, 8))
        (None, 7, 64)
    """

    takes_several = False

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.equation = equation
        self.output_shape = shapes.standardize(output_shape, "EinsumDense: output_shape")
        self._terms = Equation(equation, self.output_shape)
        wrong = set(bias_axes or "") - set(self._terms.output)
        if wrong:
            raise ConfigurationError(
                f"EinsumDense: bias_axes={bias_axes!r} names {', '.join(sorted(wrong))}, but the "
                f"output of {equation!r} has the axes {self._terms.output!r} only."
            )
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Makes kernel and bias for the sizes that the equation's letters have."""
        terms = self._terms
        sizes = terms.sizes(input_shape, self._describe())
        self.kernel = self.add_weight(
            tuple(sizes[letter] for letter in terms.kernel),
            self._scaled(self.kernel_initializer, sizes),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.bias_axes:
            self.bias = self.add_weight(
                terms.bias_shape(self.bias_axes, sizes, len(input_shape)),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(
            ndim=None if terms.ellipsis else len(input_shape),
            min_ndim=len(terms.input),
            axes=terms.fixed_axes(sizes),
        )

    def _scaled(self, initializer: Any, sizes: dict[str, int | None]) -> Any:
        """The initializer, told how many inputs and outputs meet in the kernel.

        The shape alone does not say it: the axes that are summed over are the inputs.
        """
        kernel = self._terms.kernel
        summed = tuple(sizes[c] for c in kernel if c not in self._terms.output)
        others = tuple(sizes[c] for c in kernel if c in self._terms.output)
        matrix = shapes.size_of(summed), shapes.size_of(others)
        if not isinstance(initializer, initializers.VarianceScaling) or None in matrix:
            return initializer
        draw = initializer.bound()
        return lambda shape, dtype: ops.reshape(draw(matrix, dtype), shape)

    def call(self, inputs: Tensor) -> Tensor:
        """The products, summed, with bias and activation."""
        kernel = ops.cast(self.kernel, self.compute_dtype)
        bias = None if self.bias is None else ops.cast(self.bias, self.compute_dtype)
        if not self._terms.is_matrix_product:
            outputs = ops.einsum(self.equation, inputs, kernel)
            return self.activation(outputs if bias is None else outputs + bias)
        sizes = ops.shape(inputs)
        summed = len(self._terms.summed)
        made = self.kernel.shape[summed:]
        outputs = self._matrix_product(inputs, kernel)
        if bias is not None and set(self.bias_axes or "") == set(self._terms.made):
            outputs = ops.bias_add(outputs, ops.reshape(bias, (-1,)), "channels_last")
            bias = None
        outputs = ops.reshape(outputs, (*sizes[: len(sizes) - summed], *made))
        return self.activation(outputs if bias is None else outputs + bias)

    def _matrix_product(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """One product of rows with a matrix, which is faster than a general sum of products."""
        rows = shapes.size_of(self.kernel.shape[: len(self._terms.summed)])
        return ops.matmul(ops.reshape(inputs, (-1, rows)), ops.reshape(kernel, (rows, -1)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """As the equation and `output_shape` say."""
        return self._terms.output_shape(input_shape, self._describe())
