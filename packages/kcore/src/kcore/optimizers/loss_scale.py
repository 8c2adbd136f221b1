"""LossScaleOptimizer: keeps small gradients alive in 16 bits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kcore import backend, components, context, ops
from kcore.errors import ConfigurationError
from kcore.optimizers.arguments import count
from kcore.optimizers.base import Optimizer
from kcore.typing import Config
from kcore.variable import Variable


class LossScaleOptimizer(Optimizer):
    """Multiplies the loss before it is differentiated and divides the gradients by the same.

    The scale doubles after `dynamic_growth_steps` good steps; where a gradient is not finite the
    step is left out and the scale halved (Micikevicius et al., 2018).

    Args:
        inner_optimizer: makes the steps; an optimizer, a name or its saved form.
        initial_scale: first scale, above 0.
        dynamic_growth_steps: good steps before the scale doubles, at least 1.
        name: made from the class if None.

    Raises:
        ConfigurationError: if the inner one scales the loss too, or an argument is out of range.

    Example:
        >>> from kcore.optimizers import SGD
        >>> LossScaleOptimizer(SGD(0.5)).learning_rate
        0.5
    """

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
    ) -> None:
        inner = components.get("optimizer", inner_optimizer, "LossScaleOptimizer.inner_optimizer")
        if not isinstance(inner, Optimizer) or inner.loss_scale_factor is not None:
            raise ConfigurationError(
                "LossScaleOptimizer: inner_optimizer must be an optimizer without "
                f"loss_scale_factor; received {inner!r}."
            )
        if isinstance(inner, LossScaleOptimizer):
            raise ConfigurationError(
                "LossScaleOptimizer: inner_optimizer scales the loss already; give its own inner "
                "optimizer."
            )
        if not initial_scale > 0:
            raise ConfigurationError(
                f"LossScaleOptimizer: initial_scale must be above 0; received {initial_scale!r}."
            )
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner
        self.initial_scale = float(initial_scale)
        self.dynamic_growth_steps = count(
            dynamic_growth_steps, "LossScaleOptimizer", "dynamic_growth_steps"
        )
        self.iterations = inner.iterations
        self.dynamic_scale = Variable(self.initial_scale, trainable=False, name="dynamic_scale")
        self.good_steps = Variable(0, dtype="int32", trainable=False, name="step_counter")

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def variables(self) -> list[Variable]:
        """Its own state, then the inner optimizer's."""
        return [self.good_steps, self.dynamic_scale, *self.inner_optimizer.variables]

    @property
    def built(self) -> bool:
        """Whether the inner optimizer knows the weights that it changes."""
        return self.inner_optimizer.built

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the inner optimizer's slots."""
        self.inner_optimizer.build(variables)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the scale of now."""
        return loss * ops.cast(self.dynamic_scale.value, loss.dtype.name)

    def must_be_finite(self, gradients: Sequence[Any]) -> list[Any]:
        """Nothing: gradients that overflow are what the scale is for."""
        return []

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """One step of the inner optimizer with unscaled gradients, or none if one overflowed."""
        if trainable_variables is not None:
            self.build(list(trainable_variables))
        grads = context.sum_gradients(grads)
        scale = self.dynamic_scale.value
        plain = [
            None
            if g is None
            else backend.optim.map_values(g, lambda v: v / ops.cast(scale, v.dtype.name))
            for g in grads
        ]
        finite = backend.optim.all_finite([g for g in plain if g is not None])
        backend.control.when(finite, lambda: self._good(plain))
        backend.control.when(ops.logical_not(finite), self._bad)

    def _good(self, gradients: Sequence[Any]) -> None:
        with context.gradients_summed():
            self.inner_optimizer.apply(gradients)
        done = self.good_steps.value + 1
        full = ops.equal(done, self.dynamic_growth_steps)
        self.good_steps.assign(ops.where(full, ops.zeros_like(done), done))
        scale = self.dynamic_scale.value
        self.dynamic_scale.assign(ops.where(full, scale * 2.0, scale))

    def _bad(self) -> None:
        self.good_steps.assign(ops.zeros_like(self.good_steps.value))
        self.dynamic_scale.assign(self.dynamic_scale.value / 2.0)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """What the inner optimizer does when training ends."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Names weights that the inner optimizer does not let decay."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> Config:
        """The arguments that make an equal optimizer; without its state."""
        return {"name": self.name, **components.signature_config(self, frozenset({"name"}))}
