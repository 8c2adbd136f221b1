"""The checks that every callback must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing.callbacks import running
from kcore.testing.callbacks.subject import CallbackSubject
from kcore.testing.check import Check, bind


def check_callback(
    make: Callable[[], Any],
    *,
    optimizer: Callable[[], Any] = lambda: "sgd",
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every callback must pass, one small named thing each.

    Args:
        make: makes the callback, a new one at each call: `lambda: CSVLogger(path)`.
        optimizer: makes the optimizer of the model that is trained with it.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check.

    Example:
        >>> from kcore.callbacks import Callback
        >>> next(check_callback(Callback)).name
        'hooks_exist'
    """
    return bind((running,), lambda: CallbackSubject(make, optimizer), known_failures)
