"""Saving and loading VGG16 (528 MB), over the same file again and again; peak memory of loading.

`bare` is what the disk gives: as many bytes written, flushed to it and put in the file's place, and
read by numpy. kcore flushes too, so that a crash leaves the old file or the new one; Keras does
not.
"""

from __future__ import annotations

import functools
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil


def _vgg16(framework: Any) -> Any:
    layers = framework.layers
    stack = [framework.Input((224, 224, 3))]
    for count, filters in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(count):
            stack.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        stack.append(layers.MaxPooling2D())
    stack += [layers.Flatten(), layers.Dense(4096, activation="relu")]
    stack += [layers.Dense(4096, activation="relu"), layers.Dense(1000, activation="softmax")]
    return framework.Sequential(stack)


def _seconds(work: Callable[[], Any], count: int = 4) -> float:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
        gc.collect()
    return statistics.median(times)


def _peak_growth(work: Callable[[], Any]) -> float:
    """The largest resident memory during the work, beyond that before it; Linux only."""
    gc.collect()
    before = psutil.Process(os.getpid()).memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")
    kept = work()
    peak = next(t for t in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in t)
    del kept
    return int(peak.split()[1]) * 1024 - before


def _figures(framework: Any, load_model: Callable[[Any], Any]) -> dict[str, float]:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        paths = {suffix: Path(folder) / f"model.{suffix}" for suffix in ("h5", "keras")}
        size = _save_all(_vgg16(framework), paths, figures)
        for suffix, path in paths.items():
            load = functools.partial(load_model, path)
            load()
            figures[f"load_{suffix}_s"] = _seconds(load)
            figures[f"peak_{suffix}"] = _peak_growth(load) / size
    return figures


def _save_all(model: Any, paths: dict[str, Path], figures: dict[str, float]) -> int:
    """Saves in all formats; the bytes of the weights."""
    for suffix, path in paths.items():
        save = functools.partial(model.save, path)
        save()
        figures[f"save_{suffix}_s"] = _seconds(save)
    return sum(w.nbytes for w in model.get_weights())


def kcore() -> dict[str, float]:
    import kcore as framework
    from kcore.models import load_model

    return _figures(framework, load_model)


def keras() -> dict[str, float]:
    import keras as framework
    from keras.models import load_model

    return _figures(framework, load_model)


def bare() -> dict[str, float]:
    size = 138_357_544 * 4
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for suffix in ("h5", "keras"):
            path = Path(folder) / f"numbers.{suffix}"
            numbers = np.ones(size, "uint8")
            save = functools.partial(_write, numbers, path)
            save()
            figures[f"save_{suffix}_s"] = _seconds(save)
            figures[f"load_{suffix}_s"] = _seconds(functools.partial(np.fromfile, path, "uint8"))
    return figures


def _write(numbers: Any, path: Path) -> None:
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        numbers.tofile(file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
