"""Adam: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, config, ops
from kcore.errors import ConfigurationError
from kcore.optimizers.arguments import CommonArguments, SharedArguments, fraction
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


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
        **shared: see Optimizer.

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
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        owner = type(self).__name__
        self.beta_1 = fraction(beta_1, owner, "beta_1")
        self.beta_2 = fraction(beta_2, owner, "beta_2")
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


class AdamW(Adam):
    """Adam whose weights also decay: weight -= rate * weight_decay * weight at every step.

    Loshchilov and Hutter, 2019. All weights decay, biases and scales too, unless
    `exclude_from_weight_decay` or a group says otherwise.

    Args:
        learning_rate: default 0.001.
        weight_decay: default 0.004.
        beta_1: memory of the gradient's mean, from 0, below 1.
        beta_2: memory of the square's mean, from 0, below 1.
        epsilon: 1e-7; None means `config.epsilon()`.
        amsgrad: whether the second mean never falls.
        **shared: see Optimizer.

    Raises:
        ConfigurationError: if there is no weight decay.

    Example:
        >>> AdamW().weight_decay
        0.004
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        amsgrad: bool = False,
        **shared: Unpack[CommonArguments],
    ) -> None:
        if weight_decay is None:
            raise ConfigurationError(
                "AdamW: weight_decay must be a number; received None. Adam has no decay."
            )
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **shared
        )
