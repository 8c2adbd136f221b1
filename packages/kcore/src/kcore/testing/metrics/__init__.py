"""The checks that every metric must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kcore.testing import configured
from kcore.testing.check import Check, bind
from kcore.testing.metrics import computing
from kcore.testing.metrics.subject import MetricSubject


def check_metric(
    make: Callable[[], Any],
    y_true: Any,
    y_pred: Any = None,
    *,
    known_failures: Mapping[str, str] | None = None,
) -> Iterator[Check]:
    """The checks that every metric must pass, one small named thing each.

    Args:
        make: makes the metric, a new one at each call: `lambda: AUC(curve="PR")`.
        y_true: targets of at least 4 samples, batch first; values where there are no predictions.
        y_pred: predictions for them; None for a metric of values alone, such as Mean.
        known_failures: reasons by the names of checks that are known to fail.

    Returns:
        An iterator over Check objects; calling one runs it.

    Raises:
        ConfigurationError: if a known failure names no check, or there are too few samples.

    Example:
        >>> from kcore.metrics import BinaryAccuracy
        >>> checks = check_metric(BinaryAccuracy, [[0.0]] * 4, [[0.7]] * 4)
        >>> next(checks).name
        'config_is_plain_data'
    """

    def subject() -> MetricSubject:
        return MetricSubject(make, y_true, y_pred)

    return bind((configured, computing), subject, known_failures)
