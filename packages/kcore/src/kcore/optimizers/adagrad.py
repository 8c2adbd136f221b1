"""Adagrad: steps that shorten where gradients were large before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, config, initializers, ops
from kcore.arguments import number
from kcore.optimizers.arguments import SharedArguments
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Adagrad(Optimizer):
    """a += g * g; weight -= rate * g / sqrt(a + epsilon)  (Duchi et al., 2011).

    A gradient of rows (behind an Embedding) touches those rows only.

    Args:
        learning_rate: default 0.001; the paper and Keras 2.2 take 0.01.
        initial_accumulator_value: where a starts, at least 0.
        epsilon: 1e-7; None means `config.epsilon()`.
        **shared: see Optimizer.

    Example:
        >>> Adagrad().initial_accumulator_value
        0.1
    """

    slot_names = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float | None = 1e-7,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.initial_accumulator_value = number(
            initial_accumulator_value, "initial_accumulator_value", "Adagrad", low=0
        )
        self.epsilon = config.epsilon() if epsilon is None else epsilon

    def slot_initializer(self, name: str) -> Any:
        """The sum's first value."""
        return initializers.Constant(self.initial_accumulator_value)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Tensor
    ) -> None:
        """Changes one weight."""
        backend.optim.adagrad(
            variable.storage,
            slots[0].storage,
            gradient,
            ops.cast(shared, variable.dtype),
            self.epsilon,
        )
