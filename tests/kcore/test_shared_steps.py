"""What several devices and processes share, looked at piece by piece in one process."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import kcore
from kcore import backend, context
from kcore.callbacks import Callback
from kcore.errors import ConfigurationError
from kcore.losses import MeanSquaredError
from kcore.plugins.catalogue import catalogue
from kcore.training import distribution, workers
from kcore.training.chunks import SharedPace
from kcore.training.step_times import StepTimes
from kcore.variable import Variable, journal


def sizes_of_chunks(ahead: bool) -> list[int]:
    """What a pace gives if it is asked chunk by chunk, or by a thread that is ahead."""
    pace = SharedPace(None, 0, 1)
    sizes: list[int] = []
    asker = threading.Thread(target=lambda: sizes.extend(pace.want() for _ in range(5)))
    with pace.passing():
        if ahead:
            asker.start()
        for _ in range(5):
            if not ahead:
                sizes.append(pace.want())
            pace.measured(4, 0.004)
        if ahead:
            asker.join(timeout=10)
            assert not asker.is_alive()
    return sizes


def test_a_shared_pace_does_not_depend_on_when_it_is_asked() -> None:
    sizes = sizes_of_chunks(ahead=False)
    assert sizes == sizes_of_chunks(ahead=True)
    assert sizes[-1] > sizes[0]


def test_nobody_waits_for_a_size_after_the_pass() -> None:
    pace = SharedPace(None, 0, 1)
    with pace.passing():
        asker = threading.Thread(target=lambda: [pace.want() for _ in range(4)])
        asker.start()
    asker.join(timeout=10)
    assert not asker.is_alive()


def test_a_journal_holds_what_is_assigned_outside_compiled_code() -> None:
    one, other = Variable(1.0), Variable(2.0)
    with journal() as changed:
        one.assign(3.0)
        one.assign_add(1.0)
        float(other)
    other.assign(5.0)
    assert list(changed.values()) == [one]


def test_a_loss_of_a_part_is_a_part_of_the_loss() -> None:
    y, y_pred = np.arange(6.0, dtype="float32"), np.zeros(6, "float32")
    whole = float(MeanSquaredError()(y[:, None], y_pred[:, None]))
    parts = []
    for rows in (slice(0, 4), slice(4, 6)):
        part = context.Replica(0, 0, 2, lambda values: values)
        part.rows, part.all_rows = float(rows.stop - rows.start), 6.0
        with context.in_replica(part):
            parts.append(float(MeanSquaredError()(y[rows, None], y_pred[rows, None])))
    assert sum(parts) == pytest.approx(whole, rel=1e-6)


class Fake:
    """Devices that are not there."""

    count, rank, workers = 2, 0, 1

    def exchange_seconds(self, size: int) -> float:
        return 0.0


def test_the_line_about_steps_is_said_once() -> None:
    lines: list[str] = []
    times = StepTimes(Fake(), lines.append)
    model = kcore.Sequential([kcore.Input((2,))])
    times.set_model(model)
    for epoch in range(2):
        for steps in range(1, 6):
            times.on_train_chunk_end(steps, dict)
        times.on_epoch_end(epoch)
    assert len(lines) == 1
    assert lines[0].startswith("2 devices:") and "4 would take" in lines[0]


def test_a_batch_smaller_than_the_devices_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"batch_size=1 .*2 devices"):
        workers.refuse_small(Fake(), 1)
    workers.refuse_small(Fake(), 3)


def test_the_names_of_distributions_are_in_the_catalogue() -> None:
    names = {component.name for component in catalogue().components("distribution")}
    assert {"mirrored", "multi_worker"} <= names


@pytest.mark.parametrize("wrong", [3, lambda: 3])
def test_what_is_no_distribution_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="'mirrored'"):
        distribution.get(wrong)


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"CPU:7.*CPU:0"):
        backend.distribution.mirrored_on(["CPU:7"])


def test_the_processor_is_not_split_once_it_computes() -> None:
    float(Variable(1.0))
    with pytest.raises(ConfigurationError, match="too late"):
        backend.distribution.split_processor(2)


class Scaled(kcore.Layer):
    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def test_a_scope_reaches_compile() -> None:
    model = kcore.Sequential([kcore.Input((2,)), Scaled()])
    with kcore.distribute("mirrored") as scope:
        model.compile("sgd", "mse")
        assert scope.is_chief
    assert model.trainer.devices is scope.devices
    model.fit(np.ones((8, 2)), np.zeros((8, 2)), verbose=0, callbacks=[Callback()])
    assert float(np.max(model.get_weights()[0])) < 1.0
    model.compile("sgd", "mse")
    assert model.trainer.devices is None
