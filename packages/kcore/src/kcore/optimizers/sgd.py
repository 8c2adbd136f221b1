"""SGD: stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, ops
from kcore.errors import ConfigurationError
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable


class SGD(Optimizer):
    """velocity = momentum * velocity - rate * gradient; weight += velocity.

    Args:
        learning_rate: default 0.01.
        momentum: 0 (none) up to 1 (Polyak, 1964).
        nesterov: whether the gradient is looked up ahead (Sutskever et al., 2013).
        **kwargs: see Optimizer.

    Example:
        >>> SGD(0.1, momentum=0.9).momentum
        0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name, **kwargs
        )
        if not 0 <= momentum <= 1:
            raise ConfigurationError(f"SGD: momentum must be from 0 to 1; received {momentum!r}.")
        self.momentum = float(momentum)
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
