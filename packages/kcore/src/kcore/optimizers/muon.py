"""Muon: momentum made orthogonal for matrices, Adam for everything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, config, ops
from kcore.arguments import number
from kcore.optimizers.arguments import CommonArguments, at_least_zero, count, fraction
from kcore.optimizers.base import Optimizer
from kcore.typing import Shape, Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Muon(Optimizer):
    """m = momentum * m + g; weight -= rate * rms_rate * sqrt(longer side) * orthogonal(m).

    Jordan, 2024, with the scale of Liu et al., 2025. `orthogonal` is a few Newton-Schulz steps
    x = a x + (b y + c y y) x, y = x x'. Only weights with two axes are trained so; the others, and
    those that are excluded, by Adam.

    Args:
        learning_rate: default 0.001.
        adam_beta_1: Adam's memory of the gradient's mean.
        adam_beta_2: Adam's memory of the square's mean.
        adam_weight_decay: of the weights that Adam trains; None for none.
        epsilon: of Adam.
        weight_decay: of the matrices; None for none.
        exclude_layers: regular expressions; weights whose path one of them is found in go to Adam.
        exclude_embeddings: whether weights with "embedding" in their path go to Adam.
        muon_a: a.
        muon_b: b.
        muon_c: c.
        adam_lr_ratio: multiplies the learning rate for Adam.
        momentum: of the matrices, from 0, below 1.
        ns_steps: Newton-Schulz steps, at least 1.
        nesterov: whether the gradient is looked up ahead.
        rms_rate: root mean square of a step, about Adam's at 0.2.
        **shared: see Optimizer.

    Example:
        >>> Muon().ns_steps
        5
    """

    slot_names = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float | None = 1e-7,
        weight_decay: float | None = 0.004,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1.0,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float = 0.2,
        **shared: Unpack[CommonArguments],
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **shared)
        self.adam_beta_1 = fraction(adam_beta_1, "Muon", "adam_beta_1")
        self.adam_beta_2 = fraction(adam_beta_2, "Muon", "adam_beta_2")
        self.adam_weight_decay = at_least_zero(adam_weight_decay, "Muon", "adam_weight_decay")
        self.epsilon = config.epsilon() if epsilon is None else epsilon
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = number(adam_lr_ratio, "adam_lr_ratio", "Muon", low=0)
        self.momentum = fraction(momentum, "Muon", "momentum")
        self.ns_steps = count(ns_steps, "Muon", "ns_steps")
        self.nesterov = nesterov
        self.rms_rate = number(rms_rate, "rms_rate", "Muon", low=0)

    def is_matrix(self, variable: Variable) -> bool:
        """Whether a weight is trained by Muon; the others are by Adam."""
        embedding = self.exclude_embeddings and "embedding" in variable.path.lower()
        excluded = any(re.search(mark, variable.path) for mark in self.exclude_layers)
        return len(variable.shape) == 2 and not embedding and not excluded

    def slot_shape(self, name: str, variable: Variable) -> Shape:
        """Matrices have no second slot."""
        return () if name == "velocity" and self.is_matrix(variable) else variable.shape

    def decay_of(self, variable: Variable) -> float | None:
        """Adam's weights have their own decay."""
        decay = self.weight_decay if self.is_matrix(variable) else self.adam_weight_decay
        return decay

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """The rate and the powers of Adam's betas."""
        return rate, ops.power(self.adam_beta_1, step), ops.power(self.adam_beta_2, step)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        rate, power_1, power_2 = (ops.cast(s, variable.dtype) for s in shared)
        first, second = (slot.storage for slot in slots)
        if self.is_matrix(variable):
            backend.optim.muon(
                variable.storage,
                first,
                gradient,
                rate * (self.rms_rate * max(s or 1 for s in variable.shape) ** 0.5),
                self.momentum,
                self.nesterov,
                ((self.muon_a, self.muon_b, self.muon_c), int(self.ns_steps or 1)),
            )
            return
        backend.optim.adam(
            variable.storage,
            first,
            second,
            gradient,
            rate * self.adam_lr_ratio,
            (power_1, power_2),
            (self.adam_beta_1, self.adam_beta_2),
            self.epsilon,
        )
