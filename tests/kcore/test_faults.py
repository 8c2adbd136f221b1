"""Faults during training end as a user would want: a clear error, end calls made, files whole."""

from __future__ import annotations

import errno
import os
import re
import resource
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numbered_batches import Numbered
from small_layers import Linear, numbers, regression, values

from kcore import Layer, Sequential, callbacks, losses, models, random
from kcore.errors import ConfigurationError, SaveError

X, Y = numbers(40, 3), numbers(40, 1, seed=1)


class Look(callbacks.Callback):
    """Takes down the end calls."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ends.append(f"epoch {epoch}")

    def on_train_end(self, logs: Any = None) -> None:
        self.ends.append("train")


class Raise(callbacks.Callback):
    """Raises in a hook."""

    def __init__(self, hook: str, error: BaseException) -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise error

        self.__class__ = type("Raise", (Raise,), {hook: staticmethod(fail)})


@pytest.mark.parametrize(
    "hook", ["on_epoch_begin", "on_train_batch_end", "on_train_chunk_end", "on_epoch_end"]
)
@pytest.mark.parametrize("error", [StopIteration("done"), ZeroDivisionError("x"), SystemExit(3)])
def test_an_error_of_a_callback_is_raised_unchanged(hook: str, error: BaseException) -> None:
    look = Look()
    model = regression()
    with pytest.raises(type(error)) as caught:
        model.fit(X, Y, verbose=0, callbacks=[look, Raise(hook, error)])
    assert caught.value is error
    assert look.ends[-1] == "train"
    model.fit(X, Y, verbose=0)


def test_an_error_of_a_generator_is_raised_unchanged() -> None:
    def broken() -> Iterator[Any]:
        yield X[:8], Y[:8]
        raise LookupError("no such file: seven.png")

    look = Look()
    threads = threading.active_count()
    with pytest.raises(LookupError, match=r"seven\.png") as caught:
        regression().fit(broken(), steps_per_epoch=5, verbose=0, callbacks=[look])
    assert any(entry.name == "broken" for entry in caught.traceback)
    assert look.ends == ["train"]
    assert threading.active_count() <= threads


def test_an_error_of_a_loss_is_raised_unchanged() -> None:
    class Broken(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            raise OverflowError("in the loss")

    with pytest.raises(OverflowError, match="in the loss"):
        regression(loss=Broken()).fit(X, Y, verbose=0)


def pairs(count: int) -> list[Any]:
    return [(X[:8], Y[:8])] * count


SHORT: list[tuple[Any, dict[str, Any], str]] = [
    (lambda: iter(pairs(3)), {"steps_per_epoch": 2, "epochs": 2}, "3 batches, and 4 are"),
    (lambda: iter(pairs(3)), {"epochs": 2}, "3 batches, and 6 are.*gone through once"),
    (lambda: Sized(), {"steps_per_epoch": 5}, "Sized holds 3 batches, and 5 are"),
    (lambda: Numbered(3, 0.0), {"steps_per_epoch": 5}, "Numbered holds 3 batches, and 5 are"),
]


class Sized:
    """An iterable that knows its length, as torch's DataLoader."""

    def __len__(self) -> int:
        return 3

    def __iter__(self) -> Iterator[Any]:
        return iter(pairs(3))


@pytest.mark.parametrize(("make", "options", "fact"), SHORT)
def test_data_that_are_too_short_are_told_before_training(
    make: Any, options: dict[str, Any], fact: str
) -> None:
    begun: list[Any] = []
    told: list[int] = []

    def show(message: Any, *args: Any, **kwargs: Any) -> None:
        if re.search(fact, str(message)):
            told.append(len(begun))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        given = callbacks.LambdaCallback(on_train_begin=begun.append)
        regression().fit(make(), verbose=0, callbacks=[given], **options)
    assert told == [0]
    assert begun


def test_disk_full_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = regression()
    target = tmp_path / "model.keras"
    model.save(target)
    before = target.read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match=r"model\.keras.*No space left.*as it was"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.ModelCheckpoint(target)])
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


class FileLimit:
    """No file of this process may grow beyond so many bytes."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __enter__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.before[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".weights.h5", ".safetensors"])
def test_a_limit_of_file_size_leaves_the_earlier_file(tmp_path: Path, suffix: str) -> None:
    model = regression()
    target = tmp_path / f"model{suffix}"
    save = model.save if suffix in (".keras", ".h5") else model.save_weights
    save(target)
    before = target.read_bytes()
    with FileLimit(200), pytest.raises(SaveError, match=f"model{suffix}"):
        save(target, overwrite=True)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    if suffix == ".keras":
        loaded = models.load_model(target, custom_objects={"Linear": Linear})
        assert all(map(np.array_equal, values(loaded), values(model)))


def test_a_run_goes_on_after_the_disk_was_full(tmp_path: Path) -> None:
    class Fill(callbacks.Callback):
        every_batches = 1

        def on_train_chunk_end(self, steps: int, logs: Any) -> None:
            if self.model.optimizer.iterations.numpy() == 8:
                limit.__enter__()

    limit = FileLimit(200)

    def run(folder: Path, *extra: Any) -> Any:
        random.set_seed(2)
        model = regression(optimizer="adam")
        backup = callbacks.BackupAndRestore(folder, save_freq=1, delete_checkpoint=False)
        history = model.fit(
            X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[*extra, backup]
        ).history
        return values(model), model.optimizer.get_weights(), history

    try:
        with pytest.raises(SaveError, match=r"run-\d+\."):
            run(tmp_path / "a", Fill())
    finally:
        limit.__exit__()
    resumed, straight = run(tmp_path / "a"), run(tmp_path / "b")
    assert resumed[2] == straight[2]
    for found, expected in zip(resumed[:2], straight[:2], strict=True):
        assert all(map(np.array_equal, found, expected))


def test_a_checkpoint_that_cannot_be_written_is_known_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for make in (
        lambda: callbacks.ModelCheckpoint(tmp_path / "missing" / "m.keras"),
        lambda: callbacks.ModelCheckpoint(tmp_path / "m.unknown"),
        lambda: callbacks.BackupAndRestore(tmp_path / "file" / "backup"),
        lambda: callbacks.TensorBoard(tmp_path / "file" / "logs"),
    ):
        model = regression()
        with pytest.raises((SaveError, ConfigurationError), match=str(tmp_path)):
            model.fit(X, Y, verbose=0, callbacks=[make()])
        assert int(model.optimizer.iterations) == 0


def test_predict_from_many_threads_at_once() -> None:
    model = regression()
    inputs = [numbers(n, 3, seed=n) for n in range(1, 9)]
    expected = [model.predict(x) for x in inputs]
    found: dict[int, list[Any]] = {i: [] for i in range(8)}

    def work(i: int) -> None:
        for _ in range(20):
            found[i].append(model.predict(inputs[i]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(8):
        assert len(found[i]) == 20
        for outputs in found[i]:
            np.testing.assert_allclose(outputs, expected[i], rtol=1e-5, atol=1e-6)


class SlowInPython(Layer):
    """Takes its time in each eager step."""

    def call(self, inputs: Any) -> Any:
        time.sleep(0.05)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


def test_ctrl_c_in_a_step_ends_in_order(tmp_path: Path) -> None:
    model = Sequential([SlowInPython(), Linear(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    look = Look()
    stopper = callbacks.EarlyStopping("loss", restore_best_weights=True, patience=100)
    threading.Timer(1.5, os.kill, (os.getpid(), 15)).start()
    start = time.monotonic()
    history = model.fit(
        X, Y, batch_size=4, epochs=1000, verbose=0, callbacks=[look, stopper], resume=tmp_path
    )
    assert time.monotonic() - start < 10
    assert history.stopped_by == "SIGTERM"
    assert look.ends[-1] == "train"
    best = int(np.argmin(history.history["loss"]))
    assert stopper.best_epoch == best
    assert all(map(np.array_equal, values(model), stopper.best_weights))
    assert list(tmp_path.glob("run-*"))
