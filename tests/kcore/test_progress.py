"""What a person sees of training: in a terminal, in a notebook, in a log."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from small_layers import numbers, regression

from kcore.callbacks.base import CallbackList
from kcore.training import progress


class Clock:
    """Time that the test moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class OutStream(io.StringIO):
    """Where print goes in a notebook."""

    __module__ = "ipykernel.iostream"


class Writes:
    """Counts how often something is written."""

    def __init__(self, stream: io.StringIO) -> None:
        self.count = 0
        original = stream.flush

        def flush() -> None:
            self.count += 1
            original()

        stream.flush = flush  # type: ignore[method-assign]


def run(clock: Clock, stream: Any, chunks: int, seconds: float, verbose: int = 1) -> None:
    """An epoch of so many chunks that last so long."""
    logger = progress.ProgbarLogger(verbose, stream)
    every = CallbackList([logger], None, {"epochs": 3, "steps": chunks * 4, "mode": "train"})
    every.call("on_epoch_begin", 0, {})
    for chunk in range(chunks):
        clock.now += seconds
        every.call("on_train_chunk_end", 4 * (chunk + 1), lambda: {"loss": 0.25, "mae": 1e-9})
    every.call("on_epoch_end", 0, {"loss": 0.125, "val_loss": 0.5})
    every.call("on_train_end", {})


def test_a_terminal_is_written_to_ten_times_a_second(clock: Clock) -> None:
    stream = Terminal()
    writes = Writes(stream)
    run(clock, stream, chunks=1000, seconds=0.01)  # ten seconds
    assert 60 <= writes.count <= 110
    text = stream.getvalue()
    for fact in ("Epoch 1/3", "loss: 0.2500", "mae: 1.0000e-09", "val_loss: 0.5000", "400 steps/s"):
        assert fact in text


def test_a_notebook_is_written_to_five_times_a_second(clock: Clock) -> None:
    stream = OutStream()
    writes = Writes(stream)
    run(clock, stream, chunks=1000, seconds=0.01)
    assert 40 <= writes.count <= 55
    text = stream.getvalue()
    assert "\x1b" not in text
    assert text.count("\n") == 1
    assert text.splitlines()[-1].rpartition("\r")[2].startswith("Epoch 1/3 - 4000/4000")


def test_a_log_has_a_plain_line_an_epoch_and_one_in_ten_seconds(clock: Clock) -> None:
    quick, slow = io.StringIO(), io.StringIO()
    run(clock, quick, chunks=100, seconds=0.05)
    assert quick.getvalue().count("\n") == 1
    run(clock, slow, chunks=700, seconds=0.1)  # seventy seconds
    lines = slow.getvalue().splitlines()
    assert 6 <= len(lines) <= 8
    assert re.match(r"Epoch 1/3 - \d+/2800 - [\d.]+ s - 40 steps/s, \d+ s left - loss", lines[0])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", quick.getvalue() + slow.getvalue())
    one = io.StringIO()
    run(clock, one, chunks=700, seconds=0.1, verbose=2)
    assert one.getvalue().count("\n") == 1


def test_verbose_of_fit_and_evaluate(capsys: Any) -> None:
    x, y = numbers(20, 3), numbers(20, 1)
    model = regression()
    model.fit(x, y, epochs=2, verbose=0, validation_data=(x, y))
    model.evaluate(x, y, verbose=0)
    assert capsys.readouterr().out == ""
    model.fit(x, y, epochs=2, validation_data=(x, y))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
    assert all("val_loss" in line for line in lines)
    model.evaluate(x, y)
    assert "loss" in capsys.readouterr().out
