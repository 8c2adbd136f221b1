"""Lamb: Adam whose step is as long as the weight, for very large batches."""

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


class Lamb(Optimizer):
    """weight -= rate * |weight| / |u| * u, u = m' / (sqrt(v') + epsilon)  (You et al., 2020).

    m' and v' are Adam's means with their corrections; the ratio is 1 where a length is 0.

    Args:
        learning_rate: default 0.001.
        beta_1: memory of the gradient's mean, from 0, below 1.
        beta_2: memory of the square's mean, from 0, below 1.
        epsilon: 1e-7; None means `config.epsilon()`.
        **shared: see Optimizer.

    Example:
        >>> Lamb().beta_1
        0.9
    """

    slot_names = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.beta_1 = fraction(beta_1, "Lamb", "beta_1")
        self.beta_2 = fraction(beta_2, "Lamb", "beta_2")
        self.epsilon = config.epsilon() if epsilon is None else epsilon

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """Rate and what corrects the two means."""
        first, second = ops.power(self.beta_1, step), ops.power(self.beta_2, step)
        return rate, 1.0 / (1.0 - first), 1.0 / (1.0 - second)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        factors = tuple(ops.cast(s, variable.dtype) for s in shared)
        first, second = (slot.storage for slot in slots)
        constants = (self.beta_1, self.beta_2, self.epsilon)
        backend.optim.lamb(variable.storage, first, second, gradient, factors, constants)
