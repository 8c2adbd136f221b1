"""MetricSubject: a metric under test, with targets and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore.metrics import Metric
from kcore.testing.subject import Subject, paired


class MetricSubject(Subject):
    """A metric under test.

    Args:
        make: makes the metric, a new one at each call.
        y_true: targets, batch first.
        y_pred: predictions for them.

    Raises:
        ConfigurationError: if there are fewer than 4 samples, or not as many on both sides.
    """

    kind = "metric"
    base = Metric

    def __init__(self, make: Callable[[], Any], y_true: Any, y_pred: Any) -> None:
        super().__init__(make)
        self.y_true, self.y_pred = paired(y_true, y_pred, "check_metric")

    def prepared(self) -> Any:
        """A metric that knows the shapes and has seen nothing."""
        metric = self.make()
        metric.prepare(self.y_true.shape, self.y_pred.shape)
        return metric

    def after(self, *batches: slice) -> Any:
        """A metric that has seen these parts of the data, or all of it."""
        metric = self.prepared()
        for part in batches or (slice(None),):
            metric.update_state(self.y_true[part], self.y_pred[part])
        return metric
