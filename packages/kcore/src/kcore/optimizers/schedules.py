"""Learning rates as functions of the number of steps done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
        done = _progress(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate * ops.power(self.decay_rate, done)


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
        done = _progress(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate / (1.0 + self.decay_rate * done)


class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to each boundary; the boundary's own step still has the earlier one.

    Args:
        boundaries: rising numbers of steps.
        values: rates, one more than boundaries.
        name: not used in the computation.

    Raises:
        ConfigurationError: if the numbers do not fit, or boundaries do not rise.

    Example:
        >>> schedule = PiecewiseConstantDecay([10], [1.0, 0.5])
        >>> float(schedule(10)), float(schedule(11))
        (1.0, 0.5)
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1 or list(boundaries) != sorted(boundaries):
            raise ConfigurationError(
                f"{name}: expected rising boundaries and one value more; received boundaries="
                f"{boundaries!r} and values={values!r}."
            )
        self.boundaries = list(boundaries)
        self.values = list(values)
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        step = ops.cast(step, "float32")
        rate = ops.convert_to_tensor(self.values[0], "float32")
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = ops.where(ops.greater(step, float(boundary)), float(value), rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """(initial - end) * (1 - step / steps) ** power + end, and `end` after that.

    Args:
        initial_learning_rate: the first rate.
        decay_steps: steps of the way, positive.
        end_learning_rate: the last rate.
        power: 1 is a straight line.
        cycle: whether it begins anew with twice, three times ... the steps.
        name: not used in the computation.

    Example:
        >>> float(PolynomialDecay(1.0, 10, 0.0)(5))
        0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps, name)
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        step, whole = ops.cast(step, "float32"), float(self.decay_steps)
        if self.cycle:
            whole = whole * ops.maximum(ops.ceil(step / whole), 1.0)
        left = 1.0 - ops.minimum(step, whole) / whole
        span = self.initial_learning_rate - self.end_learning_rate
        return span * ops.power(left, self.power) + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Half a cosine wave from the first rate to `alpha` times it (Loshchilov and Hutter, 2017).

    Args:
        initial_learning_rate: the first rate; where the warm-up begins if there is one.
        decay_steps: steps of the wave, after the warm-up, positive.
        alpha: last rate as a share of the highest, 0 to 1.
        name: not used in the computation.
        warmup_target: rate at the end of the warm-up; None: no warm-up.
        warmup_steps: steps of a straight line up to it.

    Example:
        >>> round(float(CosineDecay(1.0, 10)(5)), 6)
        0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps, name)
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Tensor:
        step = ops.cast(step, "float32")
        first = self.initial_learning_rate
        if self.warmup_target is None:
            return self._wave(step, first)
        line = _line(first, self.warmup_target, step / max(float(self.warmup_steps), 1.0))
        wave = self._wave(ops.maximum(step - self.warmup_steps, 0.0), self.warmup_target)
        return ops.where(ops.less(step, float(self.warmup_steps)), line, wave)

    def _wave(self, step: Tensor, highest: float) -> Tensor:
        done = ops.minimum(step, float(self.decay_steps)) / float(self.decay_steps)
        return highest * ((1.0 - self.alpha) * _cosine(done) + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay that starts again, each time for longer and lower (Loshchilov and Hutter, 2017).

    Args:
        initial_learning_rate: the first rate.
        first_decay_steps: steps of the first wave, positive.
        t_mul: each wave is that much longer than the one before.
        m_mul: each wave starts at that share of the one before.
        alpha: lowest rate as a share of the first.
        name: not used in the computation.

    Example:
        >>> float(CosineDecayRestarts(1.0, 10)(10))
        1.0
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = _positive(first_decay_steps, name, "first_decay_steps")
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        done = ops.cast(step, "float32") / float(self.first_decay_steps)
        if self.t_mul == 1.0:
            number = ops.floor(done)
            within = done - number
        else:
            # the waves before number n took (1 - t**n) / (1 - t) first waves
            number = ops.floor(ops.log(1.0 - done * (1.0 - self.t_mul)) / math.log(self.t_mul))
            length = ops.power(self.t_mul, number)
            within = (done - (1.0 - length) / (1.0 - self.t_mul)) / length
        height = (1.0 - self.alpha) * ops.power(self.m_mul, number)
        return self.initial_learning_rate * (height * _cosine(within) + self.alpha)


class WarmUp(LearningRateSchedule):
    """A straight line from `start` to another schedule's first rate, then that schedule.

    Goyal et al., 2017.

    Args:
        schedule: a schedule or a number; it counts its steps from the end of the warm-up.
        warmup_steps: steps of the line, positive.
        start: rate of step 0.
        name: not used in the computation.

    Example:
        >>> float(WarmUp(1.0, 10)(5))
        0.5
    """

    def __init__(
        self, schedule: Any, warmup_steps: int, start: float = 0.0, name: str = "WarmUp"
    ) -> None:
        if isinstance(schedule, dict):
            schedule = components.get("schedule", schedule, f"{name}.schedule")
        self.schedule = schedule
        self.warmup_steps = _positive(warmup_steps, name, "warmup_steps")
        self.start = start
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        step = ops.cast(step, "float32")
        line = _line(self.start, self._after(0.0), step / float(self.warmup_steps))
        rest = self._after(ops.maximum(step - float(self.warmup_steps), 0.0))
        return ops.where(ops.less(step, float(self.warmup_steps)), line, rest)

    def _after(self, step: Any) -> Any:
        if callable(self.schedule):
            return self.schedule(step)
        return ops.convert_to_tensor(float(self.schedule), "float32")


class OneCycle(LearningRateSchedule):
    """Up in half a cosine wave to the highest rate, then down to almost nothing.

    Smith and Topin, 2019.

    Args:
        max_learning_rate: the highest rate.
        total_steps: steps of the whole cycle, positive; the last rate stays after it.
        rise: share of the steps that go up, above 0, below 1.
        start_factor: the first rate is the highest divided by it.
        end_factor: the last rate is the first divided by it.
        name: not used in the computation.

    Raises:
        ConfigurationError: if an argument is out of range.

    Example:
        >>> float(OneCycle(1.0, 10, rise=0.5)(5))
        1.0
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: int,
        rise: float = 0.3,
        start_factor: float = 25.0,
        end_factor: float = 1e4,
        name: str = "OneCycle",
    ) -> None:
        if not 0 < rise < 1:
            raise ConfigurationError(f"{name}: rise must be above 0, below 1; received {rise!r}.")
        self.max_learning_rate = max_learning_rate
        self.total_steps = _positive(total_steps, name, "total_steps")
        self.rise = rise
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.name = name

    def __call__(self, step: Any) -> Tensor:
        step = ops.minimum(ops.cast(step, "float32"), float(self.total_steps))
        top, rising = self.max_learning_rate, self.rise * self.total_steps
        first = top / self.start_factor
        last = first / self.end_factor
        up = top + (first - top) * _cosine(step / rising)
        down = last + (top - last) * _cosine((step - rising) / (self.total_steps - rising))
        return ops.where(ops.less(step, rising), up, down)


def get(identifier: Any) -> Any:
    """The schedule for an object or saved data.

    Args:
        identifier: an object (returned as it is), or what `serialize` gave.

    Example:
        >>> get({"class_name": "CosineDecay",
        ...      "config": {"initial_learning_rate": 0.1, "decay_steps": 10}}).decay_steps
        10
    """
    return components.get("schedule", identifier, "schedule")


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """The saved form of a schedule.

    Example:
        >>> serialize(InverseTimeDecay(0.1, 10, 0.5))["class_name"]
        'InverseTimeDecay'
    """
    return components.to_data(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The schedule for what `serialize` gave.

    Args:
        config: saved data.
        custom_objects: dict from name to class that names may lead to.

    Example:
        >>> deserialize(serialize(ExponentialDecay(0.1, 10, 0.5))).decay_rate
        0.5
    """
    return components.get_with("schedule", config, custom_objects)


def _positive(steps: int, owner: str, name: str = "decay_steps") -> int:
    if not steps > 0:
        raise ConfigurationError(f"{owner}: {name} must be positive; received {steps!r}.")
    return steps


def _progress(step: Any, steps: int, staircase: bool) -> Tensor:
    done = ops.cast(step, "float32") / float(steps)
    return ops.floor(done) if staircase else done


def _cosine(done: Tensor) -> Tensor:
    """From 1 at 0 to 0 at 1."""
    return 0.5 * (1.0 + ops.cos(math.pi * done))


def _line(first: Any, last: Any, done: Tensor) -> Tensor:
    return first + (last - first) * done
