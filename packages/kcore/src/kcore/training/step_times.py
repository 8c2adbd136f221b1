"""What a step costs on several devices, said once, at the end of the first epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kcore.callbacks.base import Callback
from kcore.typing import Logs

# chunks that are compiled, or wait for another process that is
_WARM_UP = 2
# twice the devices are worth it if a step gets shorter by this factor
_WORTH = 1.3


def predicted(compute: float, exchange: float, devices: int, more: int) -> float:
    """Seconds of a step of the same batch on another number of devices.

    The computing is shared; a ring exchange moves 2 (n - 1) / n of the gradients' bytes
    (Patarasuk and Yuan, 2009).

    Args:
        compute: seconds of a step without the exchange, on `devices`.
        exchange: seconds of the exchange, on `devices`, at least 2.
        devices: that were measured.
        more: that are asked for.

    Example:
        >>> predicted(0.8, 0.1, 2, 4)
        0.55
    """
    ring = (1 - 1 / more) / (1 - 1 / devices)
    return compute * devices / more + exchange * ring


class StepTimes(Callback):
    """Measures the steps of the first epoch and the exchange of gradients.

    Args:
        devices: that train together.
        say: prints a line, or nothing where nobody is to read it.
    """

    def __init__(self, devices: Any, say: Callable[[str], None]) -> None:
        super().__init__()
        self._devices = devices
        self._say = say
        self._chunks = self._steps = self._seen = 0
        self._seconds = self._last = 0.0
        self._done = False

    def on_train_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Counts what runs after the first chunks."""
        now = time.perf_counter()
        if not self._done and self._chunks >= _WARM_UP:
            self._steps += steps - self._seen
            self._seconds += now - self._last
        self._chunks += 1
        self._seen, self._last = steps, now

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Says what was measured, once."""
        self._seen = 0
        if self._done:
            return
        self._done = True
        count = self._devices.count
        size = sum(weight.size for weight in self.model.trainable_weights)
        exchange = self._devices.exchange_seconds(size)
        if not self._steps:
            return  # too few steps to measure
        step = self._seconds / self._steps
        exchange = min(exchange, step)
        later = predicted(step - exchange, exchange, count, 2 * count)
        advice = "that pays" if step / later >= _WORTH else "that hardly pays"
        self._say(
            f"{count} devices: {_ms(step)} a step, {_ms(step - exchange)} of it computing, "
            f"{_ms(exchange)} exchanging {size * 4 / 1e6:.2g} MB of gradients; "
            f"{2 * count} would take about {_ms(later)}: {advice}."
        )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e3:.2f} ms"
