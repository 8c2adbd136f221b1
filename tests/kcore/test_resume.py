"""Runs that are interrupted anywhere end as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_layers import Linear

from kcore import Layer, Sequential, callbacks, optimizers, random, utils
from kcore.errors import ConfigurationError, LoadError
from kcore.training.run_state import Checkpoints


class Noise(Layer):
    """Dropout, which draws random numbers in training."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed_generator = random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        return random.dropout(inputs, 0.3, None, self.seed_generator) if training else inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class StopAt(callbacks.Callback):
    """Raises after so many batches, as a crash would."""

    def __init__(self, batches: int) -> None:
        self.every_batches = 1
        self.left = batches

    def on_train_chunk_end(self, steps: int, logs: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("crash")


def data() -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(70, 4)).astype("float32")
    return x, (x @ np.array([[1.0], [-2.0], [0.5], [3.0]]) + 1).astype("float32")


def run(folder: Path | None, *extra: Any, freq: Any = 2, epochs: int = 5, x: Any = None) -> Any:
    """A run with all that has state."""
    random.set_seed(11)
    model = Sequential([Linear(6, "tanh"), Noise(), Linear(1)])
    model.compile(
        optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9, gradient_accumulation_steps=2),
        loss="mse",
        metrics=["mae"],
    )
    own = [callbacks.ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=10.0)]
    own.append(callbacks.EarlyStopping("val_loss", patience=9, restore_best_weights=True))
    if folder is not None:
        own.append(callbacks.BackupAndRestore(folder, freq, delete_checkpoint=False))
    given, y = data()
    history = model.fit(
        given if x is None else x,
        None if x is not None else y,
        batch_size=None if x is not None else 8,
        epochs=epochs,
        verbose=0,
        validation_data=data(),
        callbacks=[*own, *extra],
    )
    return model, history


def assert_equal_runs(first: Any, second: Any) -> None:
    (a, one), (b, two) = first, second
    assert one.history == two.history
    for own, other in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)
    for own, other in zip(a.optimizer.get_weights(), b.optimizer.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.fixture(scope="module")
def straight() -> Any:
    return run(None)


@pytest.mark.parametrize("batches", [1, 3, 9, 10, 18, 31, 44])
@pytest.mark.parametrize("freq", [1, 3, "epoch"])
def test_a_crash_anywhere_changes_nothing(
    straight: Any, batches: int, freq: Any, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="crash"):
        run(tmp_path, StopAt(batches), freq=freq)
    assert_equal_runs(run(tmp_path, freq=freq), straight)


def test_several_crashes_and_a_run_that_is_over(straight: Any, tmp_path: Path) -> None:
    for batches in (4, 7, 11):
        with pytest.raises(RuntimeError):
            run(tmp_path, StopAt(batches))
    assert_equal_runs(run(tmp_path), straight)
    assert_equal_runs(run(tmp_path, StopAt(1)), straight)  # no batch is left to crash after


def test_a_damaged_checkpoint_is_passed_over(straight: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        run(tmp_path, StopAt(20))
    newest = Checkpoints(tmp_path, 3).paths()[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(bytes(content))
    assert_equal_runs(run(tmp_path), straight)


def test_nothing_but_damage_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        run(tmp_path, StopAt(20))
    for path in Checkpoints(tmp_path, 3).paths():
        path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(LoadError, match="every checkpoint is damaged"):
        run(tmp_path)


def test_a_sequence_goes_on_too(tmp_path: Path) -> None:
    class Batches(utils.Sequence):
        def __len__(self) -> int:
            return 9

        def __getitem__(self, index: int) -> Any:
            x, y = data()
            return x[index * 8 : index * 8 + 8], y[index * 8 : index * 8 + 8]

    whole = run(None, x=Batches())
    with pytest.raises(RuntimeError):
        run(tmp_path, StopAt(13), x=Batches())
    assert_equal_runs(run(tmp_path, x=Batches()), whole)


@pytest.mark.parametrize("batches", [4, 9, 18, 22])
@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_swapped_means_and_logs_go_on_too(
    batches: int, swap_on_epoch: bool, tmp_path: Path
) -> None:
    def extras(name: str) -> list[Any]:
        return [
            callbacks.SwapEMAWeights(swap_on_epoch),
            callbacks.CSVLogger(tmp_path / f"{name}.csv"),
            callbacks.JSONLinesLogger(tmp_path / f"{name}.jsonl"),
        ]

    whole = run(None, *extras("whole"), epochs=3)
    with pytest.raises(RuntimeError):
        run(tmp_path / "backup", *extras("part"), StopAt(batches), epochs=3)
    assert_equal_runs(run(tmp_path / "backup", *extras("part"), epochs=3), whole)
    part, expected = (tmp_path / f"{name}.csv" for name in ("part", "whole"))
    assert part.read_bytes() == expected.read_bytes()
    lines = (tmp_path / "part.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2]


def test_data_that_cannot_be_positioned_are_refused(tmp_path: Path) -> None:
    def batches() -> Any:
        while True:
            yield data()

    with pytest.raises(ConfigurationError, match="cannot be positioned"):
        run(tmp_path, x=batches())


def test_the_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        run(tmp_path, StopAt(5))
    model = Sequential([Linear(2)])
    model.compile("sgd", loss="mse")
    x, y = data()
    with pytest.raises(ConfigurationError, match=r"another run: weights, optimizer.*differ"):
        model.fit(x, y[:, [0, 0]], verbose=0, resume=tmp_path)


def test_checkpoints_go_when_training_ends_by_itself(tmp_path: Path) -> None:
    model = Sequential([Linear(1)])
    model.compile("sgd", loss="mse")
    folder = tmp_path / "backup"
    model.fit(*data(), verbose=0, callbacks=[callbacks.BackupAndRestore(folder)])
    assert not folder.exists()
    model.fit(*data(), verbose=0, resume=folder)
    assert len(Checkpoints(folder, 3).paths()) == 1


@pytest.fixture
def listening() -> Iterator[None]:
    """SIGINT as Python sets it up; a shell that starts tests in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_a_signal_ends_training_cleanly(tmp_path: Path) -> None:
    events: list[str] = []

    class Look(callbacks.Callback):
        def on_train_end(self, logs: Any = None) -> None:
            events.append("end")

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2 and not events:
                os.kill(os.getpid(), signal.SIGINT)
                events.append("signal")

    _, history = run(tmp_path, Look())
    assert history.stopped_by == "SIGINT"
    assert events == ["signal", "end"]
    assert history.epoch == [0, 1]
    assert_equal_runs(run(tmp_path), run(None))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_signal_ends_at_once() -> None:
    events: list[str] = []

    class Twice(callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.05)
                events.append("went on")

        def on_train_end(self, logs: Any = None) -> None:
            events.append("end")

    with pytest.raises(KeyboardInterrupt, match="SIGTERM for the second time"):
        run(None, Twice())
    assert events == ["went on", "end"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_while_data_are_awaited() -> None:
    def slow() -> Any:
        yield data()
        time.sleep(60)
        yield data()

    model = Sequential([Linear(1)])
    model.compile("sgd", loss="mse")
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    start = time.monotonic()
    history = model.fit(slow(), steps_per_epoch=2, verbose=0)
    assert history.stopped_by == "SIGTERM"
    assert time.monotonic() - start < 1.0 + 5.0  # it came after one second
