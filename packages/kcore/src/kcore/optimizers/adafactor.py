"""Adafactor: second moments kept as a row and a column in place of a whole matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, ops
from kcore.arguments import number
from kcore.optimizers.arguments import SharedArguments
from kcore.optimizers.base import Optimizer
from kcore.typing import Shape, Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Adafactor(Optimizer):
    """Adam without momentum, in the memory of a row and a column (Shazeer and Stern, 2018).

    v = r * c / mean(r), where r and c are running means of g * g + epsilon_1 by row and by column;
    u = g / sqrt(v), divided by max(1, rms(u) / clip_threshold);
    weight -= max(epsilon_2, rms(weight)) * rate * u, with rate = min(learning_rate, 1 / sqrt(t)).

    Args:
        learning_rate: largest relative step, default 0.001.
        beta_2_decay: the means remember 1 - t**beta_2_decay, negative.
        epsilon_1: added to the squares, at least 0.
        epsilon_2: smallest size of a weight that steps are measured by.
        clip_threshold: largest root mean square of a step.
        relative_step: whether the rate falls as 1 / sqrt(t).
        **shared: see Optimizer.

    Example:
        >>> Adafactor().clip_threshold
        1.0
    """

    slot_names = ("row", "column", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = number(epsilon_1, "epsilon_1", "Adafactor", low=0)
        self.epsilon_2 = number(epsilon_2, "epsilon_2", "Adafactor", low=0)
        self.clip_threshold = number(clip_threshold, "clip_threshold", "Adafactor", low=0)
        self.relative_step = relative_step

    def slot_shape(self, name: str, variable: Variable) -> Shape:
        """A matrix keeps rows and columns, everything else one value an element."""
        shape = variable.shape
        if len(shape) < 2:
            return shape if name == "velocity" else ()
        return {"row": shape[:-1], "column": (*shape[:-2], shape[-1]), "velocity": ()}[name]

    def prepare(self, step: Tensor, rate: Tensor) -> Any:
        """The rate and how much the means forget."""
        if self.relative_step:
            rate = ops.minimum(rate, ops.rsqrt(step))
        return rate, ops.power(step, self.beta_2_decay)

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Any
    ) -> None:
        """Changes one weight."""
        backend.optim.adafactor(
            variable.storage,
            tuple(slot.storage for slot in slots),
            gradient,
            tuple(ops.cast(s, variable.dtype) for s in shared),
            (self.epsilon_1, self.epsilon_2, self.clip_threshold),
        )
