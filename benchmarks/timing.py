"""Timing of training loops: the first step alone, then the best of several passes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def fit_figures(
    run: Callable[[int], None], steps: int, passes: int = 5, first: Callable[[], None] | None = None
) -> dict[str, float]:
    """Milliseconds a step.

    Args:
        run: trains for so many steps.
        steps: steps of a pass.
        passes: how many passes; the median counts.
        first: the first step, with all its compiling; `run(1)` if None.
    """
    start = time.perf_counter()
    (first or (lambda: run(1)))()
    first_seconds = time.perf_counter() - start
    run(steps)  # warm up: compiling of further forms, caches, chunk sizes
    times = []
    for _ in range(passes):
        start = time.perf_counter()
        run(steps)
        times.append((time.perf_counter() - start) / steps * 1e3)
    return {
        "ms_per_step": statistics.median(times),
        "best_ms_per_step": min(times),
        "first_step_s": first_seconds,
    }


def call_figures(call: Callable[[], object], count: int = 300, rounds: int = 7) -> dict[str, float]:
    """Microseconds a call, the median of several rounds."""
    for _ in range(20):
        call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(count):
            call()
        times.append((time.perf_counter() - start) / count * 1e6)
    return {"us_per_call": statistics.median(times)}
