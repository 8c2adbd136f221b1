"""Adamax: Adam with the largest gradient seen in place of the root mean square."""

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


class Adamax(Optimizer):
    """u = max(b2 * u, |g|); weight -= rate / (1 - b1**t) * m / (u + epsilon).

    Kingma and Ba, 2015, section 7.1.

    Args:
        learning_rate: default 0.001.
        beta_1: memory of m, from 0, below 1.
        beta_2: memory of u, from 0, below 1.
        epsilon: 1e-7; None means `config.epsilon()`.
        **shared: see Optimizer.

    Example:
        >>> Adamax().beta_2
        0.999
    """

    slot_names = ("momentum", "norm")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.beta_1 = fraction(beta_1, "Adamax", "beta_1")
        self.beta_2 = fraction(beta_2, "Adamax", "beta_2")
        self.epsilon = config.epsilon() if epsilon is None else epsilon

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """Rate and the power of beta_1."""
        return rate, ops.power(self.beta_1, step)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        rate, power = (ops.cast(s, variable.dtype) for s in shared)
        first, norm = (slot.storage for slot in slots)
        constants = (self.beta_1, self.beta_2, self.epsilon)
        backend.optim.adamax(variable.storage, first, norm, gradient, rate, power, constants)
