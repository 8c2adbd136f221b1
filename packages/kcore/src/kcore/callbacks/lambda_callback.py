"""LambdaCallback: functions as hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore.callbacks.base import Callback
from kcore.errors import ConfigurationError


class LambdaCallback(Callback):
    """Hooks given as functions, called with the hook's own arguments.

    Args:
        on_epoch_begin: function (epoch, logs).
        on_epoch_end: function (epoch, logs).
        on_train_begin: function (logs).
        on_train_end: function (logs).
        on_train_batch_begin: function (batch, logs).
        on_train_batch_end: function (batch, logs).
        **kwargs: any other hook of Callback, on_batch_begin and on_batch_end too.

    Raises:
        ConfigurationError: if an argument is no hook.

    Example:
        >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch)).on_epoch_end(3, {})
        3
    """

    def __new__(cls, **kwargs: Any) -> LambdaCallback:
        """A class of its own for each object: only the hooks that are given count as written."""
        hooks = {
            name: staticmethod(function)
            for name, function in kwargs.items()
            if function is not None
        }
        unknown = [
            n
            for n in hooks
            if not hasattr(Callback, n) and n not in ("on_batch_begin", "on_batch_end")
        ]
        if unknown:
            raise ConfigurationError(
                f"LambdaCallback does not know the hook(s) {', '.join(unknown)}."
            )
        return super().__new__(type(cls.__name__, (cls,), hooks))

    def __init__(self, **kwargs: Callable[..., Any] | None) -> None:
        super().__init__()
