"""The checks that every optimizer must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing import configured
from kcore.testing.check import Check, bind
from kcore.testing.optimizers import stepping
from kcore.testing.optimizers.subject import OptimizerSubject


def check_optimizer(
    make: Callable[[], Any], *, known_failures: Mapping[str, str] | None = None
) -> Iterator[Check]:
    """The checks that every optimizer must pass, one small named thing each.

    Args:
        make: makes the optimizer, a new one at each call: `lambda: SGD(0.1)`.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check.

    Example:
        >>> from kcore.optimizers import SGD
        >>> next(check_optimizer(SGD)).name
        'config_is_plain_data'
    """
    return bind((configured, stepping), lambda: OptimizerSubject(make), known_failures)
