"""Gated: a dense layer whose outputs are opened and closed by a second one."""

from __future__ import annotations

from typing import Any

from kcore import InputSpec, Layer, activations, ops


class Gated(Layer):
    """Computes `activation(x @ kernel + bias) * sigmoid(x @ gate_kernel + gate_bias)`.

    Without an activation this is the gated linear unit (Dauphin et al., 2017), with "tanh" the
    gated tanh unit.

    Args:
        units: number of outputs, at least 1.
        activation: of the part that is gated; a name, a function, or None for linear.
        **kwargs: those of every layer, such as `name` and `dtype`.

    Shapes:
        (batch, ..., features) to (batch, ..., units).

    Raises:
        ValueError: if units is not a positive integer.

    Example:
        >>> Gated(4, name="gate").get_config()["units"]
        4
    """

    def __init__(self, units: int, activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise ValueError(
                f"Gated needs `units` as an integer of at least 1; received {units!r}. "
                "Give the number of outputs, for example Gated(32)."
            )
        self.units = units
        self.activation = activations.get(activation)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Makes two kernels (features, units) and two biases (units,)."""
        shape = input_shape[-1], self.units
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
        self.gate_kernel = self.add_weight(
            name="gate_kernel", shape=shape, initializer="glorot_uniform"
        )
        self.gate_bias = self.add_weight(name="gate_bias", shape=(self.units,), initializer="zeros")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any) -> Any:
        """Maps (batch, ..., features) to (batch, ..., units)."""
        kernel, bias, gate_kernel, gate_bias = (
            ops.cast(weight, self.compute_dtype)
            for weight in (self.kernel, self.bias, self.gate_kernel, self.gate_bias)
        )
        outputs = ops.matmul(inputs, kernel) + bias
        gate = ops.sigmoid(ops.matmul(inputs, gate_kernel) + gate_bias)
        return self.activation(outputs) * gate

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """(batch, ..., units)."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor as plain data."""
        activation = activations.serialize(self.activation)
        return {**super().get_config(), "units": self.units, "activation": activation}
