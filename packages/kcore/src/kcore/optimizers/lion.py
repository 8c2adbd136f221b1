"""Lion: steps of one length, in the direction of a mixed momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kcore import backend, ops
from kcore.optimizers.arguments import SharedArguments, fraction
from kcore.optimizers.base import Optimizer
from kcore.typing import Tensor
from kcore.variable import Variable

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Lion(Optimizer):
    """weight -= rate * sign(b1 * m + (1 - b1) * g); m = b2 * m + (1 - b2) * g.

    Chen et al., 2023. One slot a weight, half of Adam's; the rate is usually 3 to 10 times smaller.

    Args:
        learning_rate: default 0.001.
        beta_1: share of m in the step, from 0, below 1.
        beta_2: memory of m, from 0, below 1.
        **shared: see Optimizer.

    Example:
        >>> Lion().beta_2
        0.99
    """

    slot_names = ("momentum",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **shared: Unpack[SharedArguments],
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.beta_1 = fraction(beta_1, "Lion", "beta_1")
        self.beta_2 = fraction(beta_2, "Lion", "beta_2")

    def update(
        self, variable: Variable, gradient: Any, slots: Sequence[Variable], shared: Tensor
    ) -> None:
        """Changes one weight."""
        rate = ops.cast(shared, variable.dtype)
        backend.optim.lion(
            variable.storage, slots[0].storage, gradient, rate, (self.beta_1, self.beta_2)
        )
