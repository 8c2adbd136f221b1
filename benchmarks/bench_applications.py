"""Applications against Keras' on TensorFlow: build, predict a batch of 8, train at 96 x 96.

    python benchmarks/bench_applications.py [--steps 6] [title ...]

Each framework works in a process of its own. Prints the figures and their ratios; above 1 is
faster than Keras. `--memory` instead loads VGG16's weights from a file and prints the peak memory
beside the size of the file.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
TITLES = ("ResNet50", "MobileNet", "InceptionV3")
SHAPE = (96, 96, 3)


def figures(framework: str, title: str, steps: int) -> dict[str, float]:
    """Seconds to build, milliseconds to predict a batch of 8 and for a training step."""
    import numpy as np

    if framework == "kcore":
        import kapps as applications
        import kcore as keras
    else:
        import keras
        from keras import applications
    make = getattr(applications, title)
    make(weights=None)  # imports, and what is made once
    times = []
    for _ in range(5):
        start = time.perf_counter()
        make(weights=None)
        times.append(time.perf_counter() - start)
    model = make(weights=None, input_shape=SHAPE, classes=10)
    draw = np.random.default_rng(0)
    x = draw.uniform(-1, 1, (8 * steps, *SHAPE)).astype("float32")
    y = draw.integers(0, 10, len(x))
    model.predict(x[:8], verbose=0)
    predicted = []
    for _ in range(15):
        start = time.perf_counter()
        model.predict(x[:8], verbose=0)
        predicted.append(time.perf_counter() - start)
    model.compile("adam", "sparse_categorical_crossentropy")
    start = time.perf_counter()
    model.fit(x[:8], y[:8], batch_size=8, verbose=0)
    first = time.perf_counter() - start
    model.fit(x, y, batch_size=8, verbose=0)
    trained = []
    for _ in range(3):
        start = time.perf_counter()
        model.fit(x, y, batch_size=8, verbose=0)
        trained.append((time.perf_counter() - start) / steps)
    assert keras is not None
    return {
        "build ms": 1e3 * statistics.median(times),
        "predict ms": 1e3 * statistics.median(predicted),
        "step ms": 1e3 * statistics.median(trained),
        "first step s": first,
    }


def vgg16_memory() -> None:
    """Peak memory of loading VGG16's weights, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vgg16.h5"
        code = f"import kapps; kapps.VGG16(weights=None).save_weights({str(path)!r})"
        subprocess.run([sys.executable, "-c", code], check=True)
        code = (
            "import resource, sys, kapps, kcore, numpy as np\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
            "small = kapps.MobileNet(weights=None, alpha=0.25, input_shape=(32, 32, 3))\n"
            "small.predict(np.zeros((1, 32, 32, 3), 'float32'))\n"
            "from kcore import initializers\n"
            "def refuse(*_, **__): raise SystemExit('an initializer ran')\n"
            "initializers.GlorotUniform.__call__ = refuse\n"
            f"before = peak(); kapps.VGG16(weights={str(path)!r}); print(peak() - before)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        taken, size = float(done.stdout.split()[-1]), path.stat().st_size / 2**20
        print(
            f"VGG16 from a file of {size:.0f} MiB: peak {taken:.0f} MiB, ratio {taken / size:.2f}"
        )


def main(arguments: list[str]) -> None:
    if "--memory" in arguments:
        vgg16_memory()
        return
    if arguments and arguments[0] == "--worker":
        print(json.dumps(figures(arguments[1], arguments[2], int(arguments[3]))))
        return
    steps = int(arguments[arguments.index("--steps") + 1]) if "--steps" in arguments else 6
    titles = [a for a in arguments if a[0].isupper()] or list(TITLES)
    for title in titles:
        found: dict[str, Any] = {}
        for framework in ("kcore", "keras"):
            command = [sys.executable, __file__, "--worker", framework, title, str(steps)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[framework] = json.loads(done.stdout.splitlines()[-1])
        for figure, ours in found["kcore"].items():
            theirs = found["keras"][figure]
            print(
                f"{title:12} {figure:13} {ours:9.2f} Keras {theirs:9.2f} ratio {theirs / ours:.1f}"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
