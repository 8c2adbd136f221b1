"""SwapEMAWeights: validation and checkpoints with the running means of the weights."""

from __future__ import annotations

from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import ConfigurationError
from kcore.typing import Config, Logs


class SwapEMAWeights(Callback):
    """Exchanges weights and their running means for validation, or for the end of the epoch.

    The optimizer keeps the means: `Adam(use_ema=True)`. Put this callback before ModelCheckpoint.

    Args:
        swap_on_epoch: whether they are exchanged at the end of each epoch, validation included, and
            back before the next; else only around validation.

    Raises:
        ConfigurationError: if the optimizer keeps no means.

    Example:
        >>> SwapEMAWeights().swap_on_epoch
        False
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Looks whether there are means."""
        self._swapped = False
        if not self._optimizer().use_ema:
            raise ConfigurationError(
                "SwapEMAWeights needs an optimizer that keeps running means; received "
                f"{self._optimizer()!r}. Make it with use_ema=True."
            )

    def _optimizer(self) -> Any:
        optimizer = self.model.optimizer
        return getattr(optimizer, "inner_optimizer", optimizer)

    def _swap(self) -> None:
        self._optimizer().swap_means()
        self._swapped = not self._swapped

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Back to the weights that training goes on from."""
        if self._swapped:
            self._swap()

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """To the means."""
        if not self._swapped and self._optimizer().built:
            self._swap()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Back, if not for the whole end of the epoch."""
        if self._swapped and not self.swap_on_epoch:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """To the means, if asked for."""
        if self.swap_on_epoch and not self._swapped:
            self._swap()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Back: whether the means stay is the optimizer's to say."""
        if self._swapped and not self.swap_on_epoch:
            self._swap()

    def state_dict(self) -> Config:
        """Whether the weights hold the means now."""
        return {"swapped": self._swapped}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self._swapped = bool(state["swapped"])
