"""Learning rates as functions of the number of steps done."""

from __future__ import annotations

from typing import Any, ClassVar

from kcore import components, ops
from kcore.errors import ConfigurationError
from kcore.typing import Tensor


class LearningRateSchedule(components.Configurable):
    """Base of schedules: called with the number of steps done, gives the learning rate."""

    component_kind: ClassVar[str] = "schedule"

    def __call__(self, step: Any) -> Tensor:
        raise ConfigurationError(f"{type(self).__name__} has no method `__call__`; write one.")


class ExponentialDecay(LearningRateSchedule):
    """initial * rate ** (step / steps).

    Args:
        initial_learning_rate: the first rate.
        decay_steps: steps after which the rate has been applied once, positive.
        decay_rate: the factor.
        staircase: whether the exponent is rounded down.
        name: not used in the computation.

    Example:
        >>> float(ExponentialDecay(1.0, 10, 0.5)(10))
        0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps, name)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        return self.initial_learning_rate * ops.power(self.decay_rate, _progress(self, step))


class InverseTimeDecay(LearningRateSchedule):
    """initial / (1 + rate * step / steps).

    Args:
        initial_learning_rate: the first rate.
        decay_steps: steps that count as one, positive.
        decay_rate: the factor.
        staircase: whether step / steps is rounded down.
        name: not used in the computation.

    Example:
        >>> float(InverseTimeDecay(1.0, 1, 0.5)(2))
        0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps, name)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        return self.initial_learning_rate / (1.0 + self.decay_rate * _progress(self, step))


def _positive(steps: int, owner: str) -> int:
    if not steps > 0:
        raise ConfigurationError(f"{owner}: decay_steps must be positive; received {steps!r}.")
    return steps


def _progress(schedule: ExponentialDecay | InverseTimeDecay, step: Any) -> Tensor:
    done = ops.cast(step, "float32") / float(schedule.decay_steps)
    return ops.floor(done) if schedule.staircase else done
