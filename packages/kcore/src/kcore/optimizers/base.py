"""Optimizer: slots, learning rate, clipping and decay; a subclass writes its update rule only."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from kcore import backend, components, naming, ops
from kcore.errors import ConfigurationError
from kcore.optimizers.schedules import InverseTimeDecay, LearningRateSchedule
from kcore.typing import Config, Tensor
from kcore.variable import Variable


class Optimizer(components.Configurable):
    """Base of optimizers.

    Args:
        learning_rate: positive number, schedule, or function without arguments.
        weight_decay: share of each weight taken off at every step, times the learning rate.
        clipnorm: longest gradient of one weight.
        clipvalue: largest entry of a gradient.
        global_clipnorm: longest gradient of all weights together (`clipnorm` before Keras 2.4).
        name: made from the class if None.
        lr: `learning_rate` in earlier Keras.
        decay: learning_rate / (1 + decay * steps), as in earlier Keras.

    Raises:
        ConfigurationError: if an argument is unknown, given twice or out of range.

    Attributes:
        iterations: variable with the number of steps done.

    Example:
        >>> from kcore.optimizers import SGD
        >>> SGD(0.5).learning_rate
        0.5
    """

    component_kind: ClassVar[str] = "optimizer"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        **legacy: Any,
    ) -> None:
        cls = type(self).__name__
        self.name = name or naming.snake_case(cls)
        self.weight_decay = _at_least_zero(weight_decay, cls, "weight_decay")
        self.clipnorm = _at_least_zero(clipnorm, cls, "clipnorm")
        self.clipvalue = _at_least_zero(clipvalue, cls, "clipvalue")
        self.global_clipnorm = _at_least_zero(global_clipnorm, cls, "global_clipnorm")
        if sum(c is not None for c in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ConfigurationError(
                f"{cls} takes one of clipnorm, clipvalue and global_clipnorm; received "
                f"{clipnorm!r}, {clipvalue!r} and {global_clipnorm!r}."
            )
        rate = _take_legacy_rate(type(self), learning_rate, legacy)
        self._schedule = rate if callable(rate) else None
        start = 0.0 if callable(rate) else float(rate)
        self._rate = Variable(start, trainable=False, name="learning_rate")
        self._number = start
        self.iterations = Variable(
            np.array(0, dtype="int64"), dtype="int64", trainable=False, name="iterations"
        )
        self._trained: list[Variable] = []
        self._slots: dict[str, list[Variable]] = {}

    # What an optimizer author writes

    slot_names: ClassVar[tuple[str, ...]] = ()

    def slots_needed(self) -> tuple[str, ...]:
        """Names of the values kept for each weight."""
        return self.slot_names

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """What all weights of a step share, computed once.

        Args:
            step: number of this step, from 1, float32.
            rate: learning rate, float32.
        """
        return rate

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight.

        Args:
            variable: the weight.
            gradient: of the loss by the weight.
            slots: the weight's slots, in the order of `slots_needed`.
            shared: what `prepare` gave.
        """
        raise ConfigurationError(f"{type(self).__name__} has no method `update`; write one.")

    # Learning rate

    @property
    def learning_rate(self) -> Any:
        """The rate as a number; the rate of the next step if a schedule sets it."""
        if self._schedule is None:
            return float(self._rate) if self._rate.materialized else self._number
        return float(self._scheduled())

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._schedule is not None:
            raise ConfigurationError(
                f"{type(self).__name__}: a schedule sets the learning rate; it cannot be assigned. "
                "Make the optimizer with a number to set it by hand."
            )
        if isinstance(value, (int, float)):
            value = _check_rate(value, type(self).__name__)
            self._number = value
        self._rate.assign(np.asarray(value, dtype="float32"))

    lr = learning_rate

    def _scheduled(self) -> Tensor:
        schedule: Any = self._schedule
        if isinstance(schedule, LearningRateSchedule):
            return ops.cast(schedule(self.iterations.value), "float32")
        return ops.cast(schedule(), "float32")

    def _current_rate(self) -> Tensor:
        return self._rate.value if self._schedule is None else self._scheduled()

    # State

    @property
    def variables(self) -> list[Variable]:
        """All state: steps done, learning rate, and the slots weight by weight."""
        slots = [s for group in zip(*self._slots.values(), strict=True) for s in group]
        return [self.iterations, self._rate, *slots]

    @property
    def built(self) -> bool:
        """Whether it knows the weights that it changes."""
        return bool(self._trained)

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the slots for the weights; they take memory at the first step.

        Raises:
            ConfigurationError: if it was built for other weights already.
        """
        trained = list(variables)
        if [id(v) for v in trained] == [id(v) for v in self._trained]:
            return
        if self._trained:
            self._rebuild(trained)
            return
        self._trained = trained
        self._slots = {name: [_slot(name, v) for v in trained] for name in self.slots_needed()}

    def _rebuild(self, trained: list[Variable]) -> None:
        """Weights were frozen or thawed: known ones keep their slots, new ones start with zeros."""
        place = {id(v): i for i, v in enumerate(self._trained)}
        for name, slots in self._slots.items():
            self._slots[name] = [
                slots[place[id(v)]] if id(v) in place else _slot(name, v) for v in trained
            ]
        self._trained = trained

    # Steps

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> None:
        """One step, from pairs of gradient and weight."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(list(grads), list(variables))

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """One step.

        Args:
            grads: a gradient for each weight; None leaves a weight as it is.
            trainable_variables: the weights; those of the last step if None.

        Raises:
            ConfigurationError: if no weight has a gradient.
        """
        if trainable_variables is not None:
            self.build(trainable_variables)
        pairs = [(i, g) for i, g in enumerate(grads) if g is not None]
        if not pairs:
            raise ConfigurationError(
                f"{type(self).__name__}: no weight has a gradient. Does the loss depend on the "
                f"weights {[v.path for v in self._trained[:5]]}?"
            )
        if len(pairs) < len(grads):
            idle = [self._trained[i].path for i, g in enumerate(grads) if g is None]
            warnings.warn(f"The loss does not depend on {', '.join(idle)}.", stacklevel=2)
        gradients = self._clip([g for _, g in pairs])
        rate = self._current_rate()
        step = ops.cast(self.iterations.value, "float32") + 1.0
        shared = self.prepare(step, rate)
        for (index, _), gradient in zip(pairs, gradients, strict=True):
            variable = self._trained[index]
            if self.weight_decay:
                variable.assign_sub(variable.value * (self.weight_decay * rate))
            slots = [slots[index] for slots in self._slots.values()]
            self.update(variable, gradient, slots, shared)
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self.iterations.assign_add(1)

    def _clip(self, gradients: list[Any]) -> list[Any]:
        optim = backend.optim
        if self.clipvalue is not None:
            limit = self.clipvalue
            return [optim.map_values(g, lambda v: ops.clip(v, -limit, limit)) for g in gradients]
        if self.clipnorm is not None:
            return [_shorten(g, self.clipnorm, _length([g])) for g in gradients]
        if self.global_clipnorm is not None:
            summed = [optim.map_values(g, lambda v: v) for g in gradients]
            length = _length(summed)
            return [_shorten(g, self.global_clipnorm, length) for g in summed]
        return gradients

    def get_config(self) -> Config:
        """The arguments that make an equal optimizer; without its state."""
        skip = frozenset({"learning_rate", "lr", "decay"})
        schedule = self._schedule
        if schedule is None:
            rate: Any = self.learning_rate
        elif isinstance(schedule, LearningRateSchedule):
            rate = components.to_data(schedule)
        else:
            rate = components.function_name(schedule)
        return {"learning_rate": rate, **components.signature_config(self, skip)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _slot(name: str, variable: Variable) -> Variable:
    slot = Variable(
        lambda shape, dtype: backend.math.zeros(shape, dtype),
        variable.shape,
        variable.dtype,
        trainable=False,
        name=name,
    )
    slot.path = f"{variable.path}/{name}"
    return slot


def _length(gradients: list[Any]) -> Tensor:
    return backend.autodiff.global_norm(gradients)


def _shorten(gradient: Any, limit: float, length: Tensor) -> Any:
    factor = limit / ops.maximum(length, limit)
    return backend.optim.map_values(gradient, lambda v: v * factor)


def _at_least_zero(value: Any, owner: str, name: str) -> float | None:
    if value is not None and not value >= 0:
        raise ConfigurationError(f"{owner}: {name} must be at least 0; received {value!r}.")
    return value  # type: ignore[no-any-return]


def _check_rate(value: Any, owner: str) -> float:
    if isinstance(value, bool) or not value >= 0:
        raise ConfigurationError(f"{owner}: learning_rate must be at least 0; received {value!r}.")
    return float(value)


def _take_legacy_rate(cls: type, learning_rate: Any, legacy: dict[str, Any]) -> Any:
    """The learning rate from its present and past arguments; anything else is refused."""
    owner = cls.__name__
    past = legacy.pop("lr", None)
    decay = legacy.pop("decay", 0.0)
    if legacy:
        raise ConfigurationError(f"{owner} does not take the argument(s) {', '.join(legacy)}.")
    if past is not None:
        default = inspect.signature(cls).parameters.get("learning_rate")
        if default is not None and learning_rate != default.default:
            raise ConfigurationError(
                f"{owner} received learning_rate={learning_rate!r} and lr={past!r}, which mean the "
                "same; give learning_rate only."
            )
        learning_rate = past
    if isinstance(learning_rate, dict):
        learning_rate = components.get("schedule", learning_rate, f"{owner}.learning_rate")
    if callable(learning_rate):
        return learning_rate
    rate = _check_rate(learning_rate, owner)
    return InverseTimeDecay(rate, 1, float(decay)) if decay else rate
