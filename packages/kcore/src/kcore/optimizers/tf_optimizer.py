"""TFOptimizer: an optimizer of TensorFlow 1, or any object with `apply_gradients`, as ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kcore.errors import ConfigurationError
from kcore.optimizers.base import Optimizer
from kcore.typing import Config
from kcore.variable import Variable


class TFOptimizer(Optimizer):
    """Hands gradients and device variables to another optimizer.

    Args:
        optimizer: for example a `tf.compat.v1.train.AdamOptimizer`; has
            `apply_gradients(pairs of gradient and variable)`, and keeps its own state and rate.

    Raises:
        ConfigurationError: if it has no such method, or the configuration is asked for: the wrapped
            object has none, so a file cannot hold it.

    Example:
        >>> class Plain:
        ...     def apply_gradients(self, pairs):
        ...         for gradient, variable in pairs:
        ...             variable.assign_sub(0.5 * gradient)
        >>> TFOptimizer(Plain()).name
        'tf_optimizer'
    """

    def __init__(self, optimizer: Any) -> None:
        if not callable(getattr(optimizer, "apply_gradients", None)):
            raise ConfigurationError(
                "TFOptimizer wraps an object with a method apply_gradients(pairs of gradient and "
                f"variable); received {optimizer!r} ({type(optimizer).__name__})."
            )
        super().__init__(0.0, name="tf_optimizer")
        self.optimizer = optimizer

    def build(self, variables: Iterable[Variable]) -> None:
        """Lets the wrapped optimizer make its slots, before anything is compiled."""
        super().build(variables)
        make_slots = getattr(self.optimizer, "_create_slots", None)
        if make_slots is not None:
            make_slots([variable.storage for variable in self._trained])

    def _step(self, pairs: Sequence[tuple[int, Any]]) -> None:
        self.optimizer.apply_gradients([(g, self._trained[i].storage) for i, g in pairs])
        for index, _ in pairs:
            variable = self._trained[index]
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self.iterations.assign_add(1)

    def get_config(self) -> Config:
        """Refused: the wrapped object has no configuration."""
        raise ConfigurationError(
            f"TFOptimizer around {type(self.optimizer).__name__} cannot be saved: the wrapped "
            "object has no configuration. Save with include_optimizer=False, or use an optimizer "
            "of kcore.optimizers."
        )
