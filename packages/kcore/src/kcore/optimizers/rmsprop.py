"""RMSprop: steps scaled by a running mean of the squared gradient."""

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


class RMSprop(Optimizer):
    """v = rho * v + (1 - rho) * g * g; weight -= rate * g / sqrt(v + epsilon).

    Tieleman and Hinton, lecture 6.5 of Neural Networks for Machine Learning, 2012.

    Args:
        learning_rate: default 0.001.
        rho: memory of v, from 0, below 1.
        momentum: of the steps, default 0.
        epsilon: 1e-7; None means `config.epsilon()`.
        centered: whether the variance takes the place of the mean square (Graves, 2013).
        **shared: see Optimizer.

    Example:
        >>> RMSprop().rho
        0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float | None = 1e-7,
        centered: bool = False,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.rho = fraction(rho, "RMSprop", "rho")
        self.momentum = fraction(momentum, "RMSprop", "momentum", closed=True)
        self.epsilon = config.epsilon() if epsilon is None else epsilon
        self.centered = centered
        # the kernel writes the step's momentum whether or not it reads it
        self.scratch_slots = () if self.momentum else ("momentum",)

    def slots_needed(self) -> tuple[str, ...]:
        """The mean square, the step's momentum, and the mean if centered."""
        return ("velocity", "momentum", *(("average_gradient",) if self.centered else ()))

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """The rate."""
        return rate

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        square, step, *mean = (slot.storage for slot in slots)
        backend.optim.rmsprop(
            variable.storage,
            square,
            step,
            gradient,
            ops.cast(shared, variable.dtype),
            (self.rho, self.momentum, self.epsilon),
            mean[0] if mean else None,
        )
