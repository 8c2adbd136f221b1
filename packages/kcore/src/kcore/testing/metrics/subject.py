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
        y_true: targets, batch first; the values of a metric that has no predictions.
        y_pred: predictions for them, None for such a metric.

    Attributes:
        data: what an update is given, as a tuple of arrays.

    Raises:
        ConfigurationError: if there are fewer than 4 samples, or not as many on both sides.
    """

    kind = "metric"
    base = Metric

    def __init__(self, make: Callable[[], Any], y_true: Any, y_pred: Any) -> None:
        super().__init__(make)
        true, pred = paired(y_true, y_true if y_pred is None else y_pred, "check_metric")
        self.data: tuple[Any, ...] = (true,) if y_pred is None else (true, pred)

    def pair(self) -> tuple[Any, Any]:
        """Targets and predictions; ends the check for a metric of values alone."""
        self.need(len(self.data) == 2, "a metric of values, without predictions")
        return self.data[0], self.data[1]

    def prepared(self) -> Any:
        """A metric that knows the shapes and has seen nothing."""
        metric = self.make()
        metric.prepare(self.data[0].shape, self.data[-1].shape)
        return metric

    def after(self, *batches: slice) -> Any:
        """A metric that has seen these parts of the data, or all of it."""
        metric = self.prepared()
        for part in batches or (slice(None),):
            metric.update_state(*(array[part] for array in self.data))
        return metric
