"""Seven steps, a file, five steps in a fresh process: the same bits as twelve steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_layers import Linear

import kcore
from kcore import Input, Sequential, optimizers
from kcore.saving.assignments import MismatchError
from kcore.saving.formats.keras3_optimizer import check_count

SCHEDULE = optimizers.schedules.CosineDecay(0.01, 20, warmup_steps=3, warmup_target=0.02)
OPTIMIZERS: dict[str, Any] = {
    **{
        name: lambda cls=name: getattr(optimizers, cls)(0.01)
        for name in """Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Muon Nadam
        RMSprop SGD""".split()
    },
    "SGD, momentum": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "RMSprop, all": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "Adam, amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True, weight_decay=0.01),
    "Adam, schedule": lambda: optimizers.Adam(SCHEDULE, clipnorm=0.5),
    "Adam, averages": lambda: optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=5),
    "Adam, accumulation": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
    "Adam, old decay": lambda: optimizers.Adam(lr=0.01, decay=0.1),
    "loss scale": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.01, momentum=0.9)),
}

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import numpy as np
from small_layers import Linear
from test_optimizer_files import data, steps
import kcore

kcore.utils.get_custom_objects()["Linear"] = Linear
for path in sorted(Path(sys.argv[2]).glob("*.before.*")):
    model = kcore.models.load_model(path)
    steps(model, 7, 12)
    np.savez(path.with_suffix(".npz"), *model.get_weights())
"""


def data(step: int) -> tuple[Any, Any]:
    numbers = np.random.default_rng(step)
    return numbers.normal(size=(8, 6)).astype("f4"), numbers.normal(size=(8, 2)).astype("f4")


def steps(model: Any, first: int, last: int) -> None:
    for step in range(first, last):
        model.train_on_batch(*data(step))


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_every_optimizer_goes_on_where_the_file_was_written(suffix: str, tmp_path: Path) -> None:
    expected = {}
    for number, make in enumerate(OPTIMIZERS.values()):
        kcore.utils.set_random_seed(number)
        model = Sequential([Input((6,)), Linear(5, "tanh"), Linear(2)])
        model.compile(make(), loss="mse")
        steps(model, 0, 7)
        model.save(tmp_path / f"{number:02d}.before.{suffix}")
        steps(model, 7, 12)
        expected[f"{number:02d}"] = model.get_weights()
    (tmp_path / "script.py").write_text(SCRIPT)
    folders = [str(Path(__file__).parent / "helpers"), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), *folders],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    different = []
    for (label, _), (number, own) in zip(OPTIMIZERS.items(), expected.items(), strict=True):
        found = np.load(tmp_path / f"{number}.before.npz")
        if not all(np.array_equal(found[f"arr_{i}"], array) for i, array in enumerate(own)):
            different.append(label)
    assert not different, json.dumps(different)


def test_another_number_of_arrays_says_what_there_is_and_the_way_out() -> None:
    group, optimizer = SimpleNamespace(name="/optimizer/vars"), optimizers.SGD()
    with pytest.raises(MismatchError) as caught:
        check_count(group, ["0", "1", "2"], optimizer, ["iterations", "learning_rate"], "m.keras")
    for fact in ("m.keras: /optimizer/vars holds 3", "'2'", "SGD wants 2", "compile=False"):
        assert fact in str(caught.value)
