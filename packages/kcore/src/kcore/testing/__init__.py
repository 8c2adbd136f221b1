"""The conformance kit: what every published component must hold, as small named checks."""

from __future__ import annotations

from kcore.testing.check import Check, ConformanceError, NotApplicableError
from kcore.testing.conformance import conformance
from kcore.testing.layers import check_layer

__all__ = ["Check", "ConformanceError", "NotApplicableError", "check_layer", "conformance"]
