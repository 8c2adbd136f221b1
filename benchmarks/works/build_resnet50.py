"""Building ResNet50 and printing its summary; in kcore without TensorFlow."""

from __future__ import annotations

import contextlib
import io
import statistics
import sys
import time
from typing import Any


def _seconds(make: Any) -> dict[str, float]:
    times = []
    for _ in range(6):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            make(weights=None).summary()
        times.append(time.perf_counter() - start)
    return {"build_s": statistics.median(times[1:]), "first_build_s": times[0]}


def kcore() -> dict[str, float]:
    import kapps

    figures = _seconds(kapps.ResNet50)
    assert "tensorflow" not in sys.modules
    return figures


def keras() -> dict[str, float]:
    import keras

    return _seconds(keras.applications.ResNet50)
