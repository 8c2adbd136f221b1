"""Loading a network against building it and reading as many bytes with numpy.

    python benchmarks/bench_load.py [ResNet50 InceptionResNetV2]

The ratio is what our formats cost beyond what any loader must do. Both take turns, the files are in
the system's cache, TensorFlow is loaded before; medians of the turns.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import kapps
from kcore.models import load_model

TURNS = 7


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(name: str, folder: Path) -> None:
    build = getattr(kapps, name)
    model = build(weights=None)
    model.get_weights()
    for suffix in ("h5", "keras", "weights.h5"):
        path = folder / f"{name}.{suffix}"
        whole = suffix != "weights.h5"
        (model.save if whole else model.save_weights)(path)

        def load(path: Path = path, whole: bool = whole) -> Any:
            return load_model(path) if whole else build(weights=None).load_weights(path)

        def bare(path: Path = path) -> Any:
            return build(weights=None), np.fromfile(path, "uint8")

        times: list[tuple[float, float]] = []
        for _ in range(TURNS + 1):
            times.append((seconds(load), seconds(bare)))
        ours, least = (statistics.median(column) for column in zip(*times[1:], strict=True))
        print(f"| {name} {suffix} | {ours * 1e3:.0f} | {least * 1e3:.0f} | {ours / least:.2f} |")
        path.unlink()


def main() -> None:
    names = sys.argv[1:] or ["ResNet50", "InceptionResNetV2"]
    print("| file | load, ms | build + numpy, ms | ratio |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for name in names:
            measure(name, Path(folder))


if __name__ == "__main__":
    main()
