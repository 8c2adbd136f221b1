"""The checks that every loss must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing import configured
from kcore.testing.check import Check, bind
from kcore.testing.losses import computing
from kcore.testing.losses.subject import LossSubject


def check_loss(
    make: Callable[[], Any],
    y_true: Any,
    y_pred: Any,
    *,
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every loss must pass, one small named thing each.

    Args:
        make: makes the loss, a new one at each call: `lambda: Huber(delta=2.0)`.
        y_true: targets of at least 4 samples, batch first.
        y_pred: predictions for them, floats, away from points where the loss has a corner.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check, or there are too few samples.

    Example:
        >>> from kcore.losses import MeanSquaredError
        >>> checks = check_loss(MeanSquaredError, [[0.0]] * 4, [[0.5]] * 4)
        >>> next(checks).name
        'config_is_plain_data'
    """

    def subject() -> LossSubject:
        return LossSubject(make, y_true, y_pred)

    return bind((configured, computing), subject, known_failures)
