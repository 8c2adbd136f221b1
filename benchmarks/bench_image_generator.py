"""ImageDataGenerator against the one of tf_keras: batches of 32 at 224x224, one core.

    python benchmarks/bench_image_generator.py

Rotation, shift, shear, zoom, flip and rescaling of real-valued pictures. The peer needs scipy.
Prints the ratio of the best times a batch; above 1 is faster.
"""

from __future__ import annotations

import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from tf_keras.preprocessing.image import ImageDataGenerator as PeerGenerator

from kpreprocess.image import ImageDataGenerator

CHANGES: dict[str, dict[str, Any]] = {
    "all geometric changes": {
        "rotation_range": 20,
        "width_shift_range": 0.2,
        "height_shift_range": 0.2,
        "shear_range": 10,
        "zoom_range": 0.2,
        "horizontal_flip": True,
        "rescale": 1 / 255,
    },
    "reflected edges": {"rotation_range": 20, "zoom_range": 0.2, "fill_mode": "reflect"},
    "flip and rescale": {"horizontal_flip": True, "rescale": 1 / 255},
}
ROUNDS = 8


def main() -> None:
    """Measure alternately, so that both see the same machine, and print a table."""
    x = (np.random.default_rng(0).random((64, 224, 224, 3)) * 255).astype("float32")
    print("| changes | ours (ms a batch) | tf_keras | ratio |\n| --- | --- | --- | --- |")
    for name, arguments in CHANGES.items():
        flows = [kind(**arguments).flow(x, seed=1) for kind in (ImageDataGenerator, PeerGenerator)]
        best = [float("inf"), float("inf")]
        for _ in range(ROUNDS):
            for place, batches in enumerate(flows):
                start = time.process_time()
                next(batches)
                best[place] = min(best[place], time.process_time() - start)
        ours, peer = best
        print(f"| {name} | {ours * 1e3:.1f} | {peer * 1e3:.1f} | {peer / ours:.2f} |")


if __name__ == "__main__":
    main()
