"""Adam: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kcore import backend, config, ops
from kcore.errors import ConfigurationError
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable


class Adam(Optimizer):
    """weight -= rate * sqrt(1 - b2**t) / (1 - b1**t) * m / (sqrt(v) + epsilon).

    m and v are running means of the gradient and of its square (Kingma and Ba, 2015, the form
    before section 2.1 with epsilon outside the correction).

    Args:
        learning_rate: default 0.001.
        beta_1: memory of m, 0 up to 1.
        beta_2: memory of v, 0 up to 1.
        epsilon: 1e-7; None means `config.epsilon()`.
        amsgrad: whether v never falls (Reddi et al., 2018).
        **kwargs: see Optimizer.

    Example:
        >>> Adam().beta_1
        0.9
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        amsgrad: bool = False,
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
        if not (0 <= beta_1 < 1 and 0 <= beta_2 < 1):
            raise ConfigurationError(
                f"Adam: beta_1 and beta_2 must be from 0, below 1; received {beta_1!r}, {beta_2!r}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = config.epsilon() if epsilon is None else epsilon
        self.amsgrad = amsgrad

    def slots_needed(self) -> tuple[str, ...]:
        """The two running means; with amsgrad the largest second one too."""
        largest = ("velocity_hat",) if self.amsgrad else ()
        return ("momentum", "velocity", *largest)

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """Rate and the powers of the betas."""
        return rate, ops.power(self.beta_1, step), ops.power(self.beta_2, step)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        rate, power_1, power_2 = (ops.cast(s, variable.dtype) for s in shared)
        first, second, *largest = (slot.storage for slot in slots)
        backend.optim.adam(
            variable.storage,
            first,
            second,
            gradient,
            rate,
            (power_1, power_2),
            (self.beta_1, self.beta_2),
            self.epsilon,
            largest[0] if largest else None,
        )
