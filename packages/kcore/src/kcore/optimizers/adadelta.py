"""Adadelta: steps measured by the steps before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, config, ops
from kcore.optimizers.arguments import SharedArguments, fraction
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Adadelta(Optimizer):
    """u = g * sqrt(d + epsilon) / sqrt(a + epsilon); weight -= rate * u  (Zeiler, 2012).

    a and d are running means of g * g and u * u; the step uses d before it takes u in.

    Args:
        learning_rate: default 0.001; the paper and Keras 2.2 take 1.0.
        rho: memory of the means, from 0, below 1.
        epsilon: 1e-7; None means `config.epsilon()`.
        **shared: see Optimizer.

    Example:
        >>> Adadelta(1.0).rho
        0.95
    """

    slot_names = ("accumulated_grad", "accumulated_delta_var")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float | None = 1e-7,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.rho = fraction(rho, "Adadelta", "rho")
        self.epsilon = config.epsilon() if epsilon is None else epsilon

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Tensor
    ) -> None:
        """Changes one weight."""
        square, delta = (slot.storage for slot in slots)
        rate = ops.cast(shared, variable.dtype)
        backend.optim.adadelta(
            variable.storage, square, delta, gradient, rate, (self.rho, self.epsilon)
        )
