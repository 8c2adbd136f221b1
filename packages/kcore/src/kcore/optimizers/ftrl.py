"""Ftrl: follow the regularized leader, for many sparse features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, initializers, ops
from kcore.arguments import number
from kcore.errors import ConfigurationError
from kcore.optimizers.arguments import SharedArguments
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Ftrl(Optimizer):
    """Follow the regularized leader with shrinkage (McMahan et al., 2013).

    n' = n + g * g; z += g + 2 * s * w - (n'**-p - n**-p) / rate * w;
    w = (clip(z, -l1, l1) - z) / (n'**-p / rate + 2 * (l2 + beta / (2 * rate))).

    Args:
        learning_rate: default 0.001.
        learning_rate_power: p, at most 0.
        initial_accumulator_value: where n starts, at least 0.
        l1_regularization_strength: l1, at least 0.
        l2_regularization_strength: l2, at least 0.
        l2_shrinkage_regularization_strength: s, at least 0.
        beta: at least 0.
        **shared: see Optimizer.

    Example:
        >>> Ftrl().learning_rate_power
        -0.5
    """

    slot_names = ("accumulator", "linear")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        if learning_rate_power > 0:
            raise ConfigurationError(
                f"Ftrl: learning_rate_power must be at most 0; received {learning_rate_power!r}."
            )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = number(
            initial_accumulator_value, "initial_accumulator_value", "Ftrl", low=0
        )
        self.l1_regularization_strength = number(
            l1_regularization_strength, "l1_regularization_strength", "Ftrl", low=0
        )
        self.l2_regularization_strength = number(
            l2_regularization_strength, "l2_regularization_strength", "Ftrl", low=0
        )
        self.l2_shrinkage_regularization_strength = number(
            l2_shrinkage_regularization_strength,
            "l2_shrinkage_regularization_strength",
            "Ftrl",
            low=0,
        )
        self.beta = number(beta, "beta", "Ftrl", low=0)

    def slot_initializer(self, name: str) -> Any:
        """The sum of squares starts above zero, the linear part at zero."""
        start = self.initial_accumulator_value if name == "accumulator" else 0.0
        return initializers.Constant(start)

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """The rate and the whole l2."""
        return rate, self.l2_regularization_strength + self.beta / (2.0 * rate)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        rate, l2 = (ops.cast(s, variable.dtype) for s in shared)
        total, linear = (slot.storage for slot in slots)
        backend.optim.ftrl(
            variable.storage,
            total,
            linear,
            gradient,
            (rate, l2),
            (
                self.l1_regularization_strength,
                self.l2_shrinkage_regularization_strength,
                self.learning_rate_power,
            ),
        )
