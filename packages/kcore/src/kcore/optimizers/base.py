"""Optimizer: slots, learning rate and all that surrounds an update; a subclass writes the rule.

A step runs in this order: gradients are unscaled, summed over micro-batches, clipped; then for each
weight decay, update and constraint; then the running means of the weights.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from kcore import backend, components, context, initializers, naming, ops
from kcore.errors import ConfigurationError, ShapeError
from kcore.optimizers import arguments, clipping
from kcore.optimizers.schedules import LearningRateSchedule
from kcore.typing import Config, Shape, Tensor
from kcore.variable import Variable

Pairs = Sequence[tuple[int, Any]]


class Optimizer(components.Configurable):
    """Base of optimizers.

    Args:
        learning_rate: number from 0, schedule, or function without arguments.
        weight_decay: share of each weight taken off at every step, times the learning rate
            (Loshchilov and Hutter, 2019).
        clipnorm: longest gradient of one weight.
        clipvalue: largest entry of a gradient.
        global_clipnorm: longest gradient of all weights together (`clipnorm` before Keras 2.4).
        use_ema: whether running means of the weights are kept (Polyak and Juditsky, 1992).
        ema_momentum: memory of the means, from 0 to 1.
        ema_overwrite_frequency: steps after which the weights take the means' values; None: only
            when training ends.
        loss_scale_factor: the loss is multiplied by it and the gradients divided again, so that
            small ones survive in 16 bits.
        gradient_accumulation_steps: micro-batches whose mean gradient makes one step, at least 2.
        groups: list of ParameterGroup, or of dicts with its arguments; the first that matches a
            weight's path counts.
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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__signature__ = arguments.whole_signature(cls, Optimizer)  # type: ignore[attr-defined]

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        groups: Any = None,
        name: str | None = None,
        **legacy: Any,
    ) -> None:
        cls = type(self).__name__
        check = functools.partial(arguments.at_least_zero, owner=cls)
        self.name = name or naming.snake_case(cls)
        self.weight_decay = check(weight_decay, name="weight_decay")
        self.clipnorm = check(clipnorm, name="clipnorm")
        self.clipvalue = check(clipvalue, name="clipvalue")
        self.global_clipnorm = check(global_clipnorm, name="global_clipnorm")
        if sum(c is not None for c in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ConfigurationError(
                f"{cls} takes one of clipnorm, clipvalue and global_clipnorm; received "
                f"{clipnorm!r}, {clipvalue!r} and {global_clipnorm!r}."
            )
        self.use_ema = bool(use_ema)
        self.ema_momentum = arguments.fraction(ema_momentum, cls, "ema_momentum", closed=True)
        self.ema_overwrite_frequency = arguments.count(
            ema_overwrite_frequency, cls, "ema_overwrite_frequency"
        )
        self.loss_scale_factor = check(loss_scale_factor, name="loss_scale_factor")
        self.gradient_accumulation_steps = arguments.count(
            gradient_accumulation_steps, cls, "gradient_accumulation_steps", least=2
        )
        self._groups = arguments.read_groups(groups, cls)
        rate = arguments.take_rate(type(self), learning_rate, legacy)
        self._schedule = rate if callable(rate) else None
        start = 0.0 if callable(rate) else float(rate)
        self._rate = Variable(start, trainable=False, name="learning_rate")
        self._number = start
        self.iterations = _counter("iterations")
        self._accumulated = _counter("accumulated")
        self._trained: list[Variable] = []
        self._slots: dict[str, list[Variable]] = {}
        self._added: list[Variable] = []
        self._undecayed: list[Variable | str] = []

    # What an optimizer author writes: `slots_needed`, `prepare` and `update`; or, as in Keras 3,
    # `build` with `add_variable_from_reference`, and `update_step`

    slot_names: ClassVar[tuple[str, ...]] = ()
    # slots whose content no step depends on: not part of the state
    scratch_slots: tuple[str, ...] = ()

    def slots_needed(self) -> tuple[str, ...]:
        """Names of the values kept for each weight."""
        return self.slot_names

    def slot_initializer(self, name: str) -> Any:
        """The first value of a slot; zeros unless a subclass says otherwise."""
        return "zeros"

    def slot_shape(self, name: str, variable: Variable) -> Shape:
        """The shape of a slot; the weight's unless a subclass says otherwise."""
        return variable.shape

    def decay_of(self, variable: Variable) -> float | None:
        """The weight decay, before groups and exclusions."""
        return self.weight_decay

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """What all weights of a step share, computed once; called again for other rates.

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
        self.update_step(backend.optim.densify(gradient), variable, shared)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Changes one weight, without slots of ours; the form of Keras 3."""
        raise ConfigurationError(
            f"{type(self).__name__} has neither a method `update` nor `update_step`; write one."
        )

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
            value = arguments.check_rate(value, type(self).__name__)
            self._number = value
        self._rate.assign(np.asarray(value, dtype="float32"))

    @property
    def lr(self) -> Any:
        """`learning_rate` in earlier Keras."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    @property
    def has_schedule(self) -> bool:
        """Whether a schedule sets the learning rate."""
        return self._schedule is not None

    def _scheduled(self) -> Tensor:
        schedule: Any = self._schedule
        if isinstance(schedule, LearningRateSchedule):
            return ops.cast(schedule(self.iterations.value), "float32")
        return ops.cast(schedule(), "float32")

    def _current_rate(self) -> Tensor:
        return self._rate.value if self._schedule is None else self._scheduled()

    def scale_loss(self, loss: Any) -> Any:
        """The loss as it is to be differentiated: times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def must_be_finite(self, gradients: Sequence[Any]) -> list[Any]:
        """What a step must not be made with if it is NaN or infinite: gradients, learning rate."""
        return [*(g for g in gradients if g is not None), self._current_rate()]

    # State

    @property
    def variables(self) -> list[Variable]:
        """All state: steps done, learning rate, means and sums, then the slots weight by weight."""
        always = [self.iterations, self._rate]
        extra = [name for name in ("average", "gradient_accumulator") if name in self._slots]
        if "gradient_accumulator" in self._slots:
            always.append(self._accumulated)
        means = [variable for name in extra for variable in self._slots[name]]
        own = [
            slots
            for name, slots in self._slots.items()
            if name not in extra and name not in self.scratch_slots
        ]
        return [
            *always,
            *means,
            *self._added,
            *(s for group in zip(*own, strict=True) for s in group),
        ]

    @property
    def trained(self) -> tuple[Variable, ...]:
        """The weights that it changes, in the order of their slots; none before it is built."""
        return tuple(self._trained)

    @property
    def built(self) -> bool:
        """Whether it knows the weights that it changes."""
        return bool(self._trained)

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the slots for the weights; they take memory at the first step.

        Weights that were frozen or thawed since keep their slots, new ones start anew.
        """
        trained = list(variables)
        if [id(v) for v in trained] == [id(v) for v in self._trained]:
            return
        place = {id(v): i for i, v in enumerate(self._trained)}
        extra = ["average"] if self.use_ema else []
        extra += ["gradient_accumulator"] if self.gradient_accumulation_steps else []
        for name in (*extra, *self.slots_needed()):
            known = self._slots.get(name, [])
            first = "zeros" if name in extra else self.slot_initializer(name)
            shape = (lambda _, v: v.shape) if name in extra else self.slot_shape
            self._slots[name] = [
                known[place[id(v)]] if id(v) in place else _slot(name, v, first, shape(name, v))
                for v in trained
            ]
        self._trained = trained

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A variable of the shape and dtype of a weight, as part of the state."""
        shape = reference_variable.shape
        slot = _slot(name or "variable", reference_variable, initializer, shape)
        self._added.append(slot)
        return slot

    def add_variable(
        self, shape: Any, initializer: Any = "zeros", dtype: Any = None, name: str | None = None
    ) -> Variable:
        """A variable as part of the state."""
        first = initializers.get(initializer, f"{type(self).__name__}.{name}")
        slot = Variable(first, shape, dtype, trainable=False, name=name or "variable")
        self._added.append(slot)
        return slot

    def get_weights(self) -> list[Any]:
        """The values of all state as numpy arrays, in the order of `variables`."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces the values of all state; nothing changes if one does not fit.

        Raises:
            ShapeError: if the number of arrays or a shape differs.
        """
        own = self.variables
        if [tuple(np.shape(w)) for w in weights] != [v.shape for v in own]:
            raise ShapeError(
                f"{type(self).__name__}: expected arrays of the shapes {[v.shape for v in own]}; "
                f"received {[tuple(np.shape(w)) for w in weights]}. Build it for the same weights "
                "first."
            )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Names weights that do not decay.

        Args:
            var_list: the weights themselves.
            var_names: regular expressions searched in a weight's name and path ("bias", "^dense").
        """
        self._undecayed += [*(var_list or ()), *(var_names or ())]

    # Steps

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> None:
        """One step, from pairs of gradient and weight."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(list(grads), list(variables))

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """One step, or one part of it where gradients are accumulated.

        Args:
            grads: a gradient for each weight; None leaves a weight as it is.
            trainable_variables: the weights; those of the last step if None.

        Raises:
            ConfigurationError: if no weight has a gradient.
        """
        if trainable_variables is not None:
            self.build(trainable_variables)
        grads = context.sum_gradients(grads)
        pairs = [(i, g) for i, g in enumerate(grads) if g is not None]
        self._warn_of_idle({i for i, _ in pairs})
        if self.loss_scale_factor is not None:
            factor = 1.0 / self.loss_scale_factor
            pairs = [(i, backend.optim.map_values(g, lambda v: v * factor)) for i, g in pairs]
        if self.gradient_accumulation_steps is None:
            self._step(pairs)
        else:
            self._accumulate(pairs, self.gradient_accumulation_steps)

    def _warn_of_idle(self, used: set[int]) -> None:
        if not used:
            raise ConfigurationError(
                f"{type(self).__name__}: no weight has a gradient. Does the loss depend on the "
                f"weights {[v.path for v in self._trained[:5]]}?"
            )
        idle = [v.path for i, v in enumerate(self._trained) if i not in used]
        if idle:
            warnings.warn(f"The loss does not depend on {', '.join(idle)}.", stacklevel=3)

    def _accumulate(self, pairs: Pairs, count: int) -> None:
        """Adds the gradients up; every `count` calls their mean makes a step."""
        sums = self._slots["gradient_accumulator"]
        for index, gradient in pairs:
            backend.optim.add(sums[index].storage, gradient)
        self._accumulated.assign_add(1)

        def step() -> None:
            self._step([(i, sums[i].value / count) for i, _ in pairs])
            for index, _ in pairs:
                sums[index].assign(ops.zeros_like(sums[index].value))

        backend.control.when(ops.equal(self._accumulated.value % count, 0), step)

    def _step(self, pairs: Pairs) -> None:
        gradients = self._clip([g for _, g in pairs])
        rate = self._current_rate()
        step = ops.cast(self.iterations.value, "float32") + 1.0
        rates: dict[float, Any] = {}
        own_slots = [self._slots[name] for name in self.slots_needed()]
        for (index, _), gradient in zip(pairs, gradients, strict=True):
            variable = self._trained[index]
            factor, decay = self._settings_for(variable)
            own_rate = rate if factor == 1.0 else rate * factor
            if factor not in rates:
                rates[factor] = self.prepare(step, own_rate)
            if decay:
                variable.assign_sub(variable.value * ops.cast(decay * own_rate, variable.dtype))
            self.update(variable, gradient, [slots[index] for slots in own_slots], rates[factor])
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self.iterations.assign_add(1)
        if self.use_ema:
            self._average()

    def _settings_for(self, variable: Variable) -> tuple[float, float | None]:
        """What multiplies the learning rate of a weight, and its decay."""
        group = next((g for g in self._groups if g.holds(variable)), None)
        decay = self.decay_of(variable)
        if group is not None and group.weight_decay is not None:
            decay = group.weight_decay
        for mark in self._undecayed if decay else ():
            same = variable is mark
            if same or (isinstance(mark, str) and re.search(mark, variable.path)):
                decay = None
        return (1.0 if group is None else group.rate_factor), decay

    def _clip(self, gradients: list[Any]) -> list[Any]:
        if self.clipvalue is not None:
            return clipping.clip_values(gradients, self.clipvalue)
        if self.clipnorm is not None:
            return clipping.clip_norms(gradients, self.clipnorm)
        if self.global_clipnorm is not None:
            return clipping.clip_global_norm(gradients, self.global_clipnorm)
        return gradients

    def _average(self) -> None:
        """Moves the running means; the first step's weights are where they begin."""
        done = self.iterations.value
        share = ops.where(ops.equal(done, 1), 1.0, 1.0 - self.ema_momentum)
        for variable, mean in zip(self._trained, self._slots["average"], strict=True):
            weight = ops.cast(share, variable.dtype)
            mean.assign_add((variable.value - mean.value) * weight)
        if self.ema_overwrite_frequency is not None:
            due = ops.equal(done % self.ema_overwrite_frequency, 0)
            backend.control.when(due, lambda: self._take_means(self._trained))

    def _take_means(self, variables: Iterable[Variable]) -> None:
        means = dict(zip(map(id, self._trained), self._slots["average"], strict=True))
        for variable in variables:
            if id(variable) in means:
                variable.assign(means[id(variable)].value)

    def swap_means(self) -> None:
        """Exchanges the weights and their running means; again, and they are back."""
        for variable, mean in zip(self._trained, self._slots["average"], strict=True):
            before = variable.numpy()
            variable.assign(mean.value)
            mean.assign(before)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Gives weights the values of their running means; called when training ends."""
        if self.use_ema and int(self.iterations) > 0:
            self._take_means(var_list)

    # Configuration

    @property
    def groups(self) -> list[Config] | None:
        """The parameter groups as plain data."""
        return [group.as_dict() for group in self._groups] or None

    def get_config(self) -> Config:
        """The arguments that make an equal optimizer; without its state."""
        schedule = self._schedule
        if schedule is None:
            rate: Any = self.learning_rate
        elif isinstance(schedule, LearningRateSchedule):
            rate = components.to_data(schedule)
        else:
            rate = components.function_name(schedule)
        own = components.signature_config(self, frozenset({"learning_rate"}))
        shared = {
            name: components.to_data(getattr(self, name))
            for name in components.constructor_arguments(Optimizer)
            if name not in own and name != "learning_rate"
        }
        if shared.get("groups") is None:
            shared.pop("groups", None)
        return {"learning_rate": rate, **own, **shared}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _counter(name: str) -> Variable:
    return Variable(np.array(0, dtype="int64"), dtype="int64", trainable=False, name=name)


def _slot(name: str, variable: Variable, initializer: Any, shape: Shape) -> Variable:
    first = initializers.get(initializer, name)
    slot = Variable(first, shape, variable.dtype, trainable=False, name=name)
    slot.path = f"{variable.path}/{name}"
    return slot
