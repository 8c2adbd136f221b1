"""Nadam: Adam that looks ahead as Nesterov's momentum does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kcore import backend, config, ops
from kcore.arguments import number
from kcore.optimizers.arguments import SharedArguments, fraction
from kcore.optimizers.base import Optimizer
from kcore.typing import Config, Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Nadam(Optimizer):
    """weight -= rate * (u' * m / (1 - p * u') + (1 - u) * g / (1 - p)) / (sqrt(v') + epsilon).

    u = b1 * (1 - 0.96**t / 2) and u' that of the next step, p the product of all u so far,
    m and v the running means of g and g * g, v' = v / (1 - b2**t)  (Dozat, 2016).

    Args:
        learning_rate: default 0.001.
        beta_1: memory of m, from 0, below 1.
        beta_2: memory of v, from 0, below 1.
        epsilon: 1e-7; None means `config.epsilon()`.
        schedule_decay: multiplies t in 0.96**t; Keras 2 took 0.004.
        **shared: see Optimizer.

    Example:
        >>> Nadam().beta_1
        0.9
    """

    slot_names = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = 1e-7,
        schedule_decay: float = 1.0,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.beta_1 = fraction(beta_1, "Nadam", "beta_1")
        self.beta_2 = fraction(beta_2, "Nadam", "beta_2")
        self.epsilon = config.epsilon() if epsilon is None else epsilon
        self.schedule_decay = number(schedule_decay, "schedule_decay", "Nadam", low=0)
        self._product = Variable(1.0, trainable=False, name="u_product")
        self._added.append(self._product)

    def _momentum(self, step: Tensor) -> Tensor:
        return self.beta_1 * (1.0 - 0.5 * ops.power(0.96, step * self.schedule_decay))

    def product_after(self, steps: int) -> float:
        """The product of the momenta of the first steps, for files that do not hold it.

        Args:
            steps: how many, from 0; after 100,000 the product no longer changes.

        Example:
            >>> round(Nadam().product_after(1), 3)
            0.468
        """
        numbers = np.arange(1.0, min(max(steps, 0), 100_000) + 1.0)
        momenta = self.beta_1 * (1.0 - 0.5 * np.power(0.96, numbers * self.schedule_decay))
        return float(np.prod(momenta))

    def _step(self, pairs: Any) -> None:
        """The product of the momenta takes in this step's, once for all weights."""
        step = ops.cast(self.iterations.value, "float32") + 1.0
        self._product.assign(self._product.value * self._momentum(step))
        super()._step(pairs)

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """The factors of mean and gradient, and what corrects the mean square."""
        now, ahead = self._momentum(step), self._momentum(step + 1.0)
        product = self._product.value
        by_mean = rate * ahead / (1.0 - product * ahead)
        by_gradient = rate * (1.0 - now) / (1.0 - product)
        return by_mean, by_gradient, 1.0 / (1.0 - ops.power(self.beta_2, step))

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        factors = tuple(ops.cast(s, variable.dtype) for s in shared)
        first, second = (slot.storage for slot in slots)
        constants = (self.beta_1, self.beta_2, self.epsilon)
        backend.optim.nadam(variable.storage, first, second, gradient, factors, constants)

    def get_config(self) -> Config:
        """The arguments; `schedule_decay`, which Keras 3 lacks, where it is not the usual one."""
        config = super().get_config()
        if self.schedule_decay == 1.0:
            del config["schedule_decay"]
        return config
