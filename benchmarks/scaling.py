"""Step time against the number of workers: a plan on paper, checked against measured exchanges.

    python benchmarks/scaling.py [--measure]

A step computes its share, then a ring exchange adds the gradients up: 2 (n - 1) messages of
bytes / n through each link, one after the other (Patarasuk and Yuan, 2009). The simulation lets
every worker send its messages, each no earlier than its neighbour's piece has arrived, so a slow
worker delays the others as it does in the ring. `--measure` runs 2 and 4 processes on this machine,
fits latency and bandwidth to the exchanges of 2, and prints what is foreseen beside what was
measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# gradients in bytes (4 a weight), and seconds a sample forward and backward on one device
WORKS = {
    # 4.1 GFLOP forward (He et al., 2016), three times that with the backward pass; 60 TFLOP/s
    "ResNet50, 256 images a worker": (25.6e6 * 4, 256 * 3 * 2 * 4.1e9 / 60e12),
    # 6 operations a weight and token (Kaplan et al., 2020); 8,192 tokens a worker; 150 TFLOP/s
    "transformer of 1e9 weights, 8,192 tokens a worker": (1e9 * 4, 8192 * 6 * 1e9 / 150e12),
}
LINKS = {"10 Gbit/s": 1.1e9, "100 Gbit/s": 11e9, "NVLink, 200 GB/s": 200e9}
LATENCY = 30e-6
SIZES = (25_000, 250_000, 2_500_000)


def ring(count: int, size: float, latency: float, bandwidth: float, ready: list[float]) -> float:
    """When the last of `count` workers has the sum, message by message.

    Args:
        size: bytes of the gradients.
        ready: when each worker has its gradients.
    """
    now = list(ready)
    message = latency + size / count / bandwidth
    for _ in range(2 * (count - 1)):
        # a piece can be passed on once it is there and the worker's own last one is sent
        now = [max(now[rank], now[rank - 1]) + message for rank in range(count)]
    return max(now)


def plan() -> None:
    for name, (size, seconds) in WORKS.items():
        print(f"\n{name}: {seconds * 1e3:.0f} ms of computing, {size / 1e6:.0f} MB of gradients")
        print(f"{'workers':>8}" + "".join(f"{link:>28}" for link in LINKS))
        for count in (1, 2, 4, 8, 16, 32, 64):
            row = f"{count:8}"
            for bandwidth in LINKS.values():
                step = ring(count, size, LATENCY, bandwidth, [seconds] * count)
                row += f"{step * 1e3:13.0f} ms, {seconds / step:6.0%} used"
            print(row)


def measure() -> None:
    found = {count: _exchanges(count) for count in (2, 4)}
    # size / bandwidth + 2 latencies through the smallest and the largest size of two workers
    small, large = SIZES[0] * 4, SIZES[-1] * 4
    bandwidth = (large - small) / (found[2][-1] - found[2][0])
    latency = max(1e-6, (found[2][0] - small / bandwidth) / 2)
    print(f"\nmeasured with 2: {bandwidth / 1e9:.2f} GB/s, {latency * 1e6:.0f} us a message")
    for count, times in found.items():
        for size, seconds in zip(SIZES, times, strict=True):
            # processes that share cores share the link as well
            shared = bandwidth * min(1.0, (os.cpu_count() or 1) / count)
            foreseen = ring(count, size * 4, latency, shared, [0.0] * count)
            print(
                f"{count} workers, {size * 4 / 1e6:5.1f} MB: {seconds * 1e3:7.2f} ms, foreseen "
                f"{foreseen * 1e3:7.2f} ms, ratio {foreseen / seconds:.2f}"
            )


def _exchanges(count: int) -> list[float]:
    source = (
        "import json, kcore\n"
        "devices = kcore.distribute('multi_worker').devices\n"
        f"times = [min(devices.exchange_seconds(n) for _ in range(5)) for n in {SIZES}]\n"
        "print('TIMES' + json.dumps(times))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "exchange.py"
        script.write_text(source)
        command = [sys.executable, "-m", "kcore", "launch", "-n", str(count), str(script)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=170)
    lines = [line for line in done.stdout.splitlines() if line.startswith("[0] TIMES")]
    return [float(value) for value in json.loads(lines[0].removeprefix("[0] TIMES"))]


if __name__ == "__main__":
    plan()
    if "--measure" in sys.argv[1:]:
        measure()
