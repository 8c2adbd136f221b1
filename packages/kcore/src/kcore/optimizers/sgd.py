"""SGD: stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, ops
from kcore.optimizers.arguments import SharedArguments, fraction
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class SGD(Optimizer):
    """velocity = momentum * velocity - rate * gradient; weight += velocity.

    Args:
        learning_rate: default 0.01.
        momentum: 0 (none) up to 1 (Polyak, 1964).
        nesterov: whether the gradient is looked up ahead (Sutskever et al., 2013).
        **shared: see Optimizer.

    Example:
        >>> SGD(0.1, momentum=0.9).momentum
        0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.momentum = fraction(momentum, "SGD", "momentum", closed=True)
        self.nesterov = nesterov

    def slots_needed(self) -> tuple[str, ...]:
        """A velocity, if there is momentum."""
        return ("momentum",) if self.momentum else ()

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """Rate and momentum."""
        return rate, ops.convert_to_tensor(self.momentum)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        rate, momentum = (ops.cast(s, variable.dtype) for s in shared)
        if not slots:
            backend.optim.descent(variable.storage, gradient, rate)
            return
        backend.optim.momentum(
            variable.storage, slots[0].storage, gradient, rate, momentum, self.nesterov
        )
