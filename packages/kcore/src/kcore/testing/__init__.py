"""The conformance kit: what every published component must hold, as small named checks."""

from __future__ import annotations

from kcore.testing.callbacks import check_callback
from kcore.testing.check import Check, ConformanceError, NotApplicableError
from kcore.testing.conformance import conformance
from kcore.testing.datasets import check_dataset
from kcore.testing.file_formats import check_file_format
from kcore.testing.layers import check_layer
from kcore.testing.losses import check_loss
from kcore.testing.metrics import check_metric
from kcore.testing.optimizers import check_optimizer
from kcore.testing.plugins import check_plugin
from kcore.testing.preprocessors import check_preprocessor

__all__ = [
    "Check",
    "ConformanceError",
    "NotApplicableError",
    "check_callback",
    "check_dataset",
    "check_file_format",
    "check_layer",
    "check_loss",
    "check_metric",
    "check_optimizer",
    "check_plugin",
    "check_preprocessor",
    "conformance",
]
