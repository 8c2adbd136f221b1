"""Import of kcore and klayers beyond numpy's own; each import in a fresh process."""

from __future__ import annotations

import statistics
import subprocess
import sys

_CODE = (
    "import time, numpy\nstart = time.perf_counter()\n{imports}\nprint(time.perf_counter() - start)"
)


def _seconds(imports: str, rounds: int = 5) -> float:
    command = [sys.executable, "-c", _CODE.format(imports=imports)]
    times = []
    for _ in range(rounds + 1):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append(float(done.stdout.split()[-1]))
    return statistics.median(times[1:])


def kcore() -> dict[str, float]:
    first_use = "import kcore, klayers; klayers.Dense; kcore.Sequential"
    return {"import_s": _seconds("import kcore, klayers"), "with_first_use_s": _seconds(first_use)}


def keras() -> dict[str, float]:
    return {"import_s": _seconds("import keras; keras.layers.Dense")}


def torch() -> dict[str, float]:
    return {"import_s": _seconds("import torch; torch.nn.Linear")}


def bare() -> dict[str, float]:
    return {"import_s": _seconds("import tensorflow")}
