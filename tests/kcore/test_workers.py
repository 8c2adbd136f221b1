"""Batches made by threads and processes: the same ones, and an end to every fault."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numbered_batches import Failing, Killed, Moving, Numbered, Slow
from small_layers import regression, values

from kcore import random
from kcore.errors import ConfigurationError, DataError

PROCESSES = {"workers": 2, "use_multiprocessing": True}


def fitted(dataset: Any, epochs: int = 2, **options: Any) -> list[Any]:
    random.set_seed(3)
    model = regression()
    model.fit(dataset, epochs=epochs, verbose=0, **options)
    return values(model)


def assert_same(found: list[Any], expected: list[Any]) -> None:
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Any:
    yield
    assert not multiprocessing.active_children()


def test_any_number_of_workers_gives_the_same_batches() -> None:
    expected = fitted(Numbered(workers=0))
    for options in ({"workers": 1}, {"workers": 4}, {"workers": 4, **PROCESSES}):
        assert_same(fitted(Numbered(**options)), expected)
    assert_same(fitted(Numbered(), workers=4, max_queue_size=1), expected)


def test_changes_between_epochs_reach_the_workers() -> None:
    expected = fitted(Moving(), epochs=3)
    assert_same(fitted(Moving(workers=3), epochs=3), expected)
    assert_same(fitted(Moving(**PROCESSES), epochs=3), expected)


@pytest.mark.parametrize("options", [{}, {"workers": 3}, PROCESSES])
def test_an_error_of_a_worker_is_the_user_s_own(options: Any) -> None:
    with pytest.raises(KeyError, match=r"six\.png") as caught:
        fitted(Failing(**options))
    if options is PROCESSES:
        assert "Item 6 of Failing" in str(caught.value.__cause__)
        assert "numbered_batches.py" in str(caught.value.__cause__)


def test_a_killed_worker_ends_fit_and_names_the_item(tmp_path: Path) -> None:
    note = tmp_path / "killed"
    with pytest.raises(DataError, match=r"item 5 of Killed.*exit code -9"):
        fitted(Killed(note, **PROCESSES))
    assert time.time() - float(note.read_text()) < 5


def test_a_thousand_epochs() -> None:
    threads = threading.active_count()
    model = regression()
    history = model.fit(Numbered(10, pause=0.0, workers=2), epochs=1000, verbose=0)
    assert len(history.epoch) == 1000
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= threads


@pytest.mark.parametrize("options", [{"workers": 2}, PROCESSES])
def test_a_signal_while_workers_are_awaited(options: Any) -> None:
    timer = threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    start = time.monotonic()
    history = regression().fit(Slow(**options), shuffle=False, verbose=0)
    assert history.stopped_by == "SIGTERM"
    assert time.monotonic() - start < 15


def test_what_cannot_be_sent_is_refused() -> None:
    class Local(Numbered):
        pass

    with pytest.raises(DataError, match=r"Local cannot be sent.*top of a module.*threads"):
        fitted(Local(**PROCESSES))
    for name in ("workers", "max_queue_size"):
        with pytest.raises(ConfigurationError, match=rf"Numbered: {name}.*-1"):
            Numbered(**{name: -1})


def test_predict_and_evaluate_take_workers_and_keep_the_order() -> None:
    model = regression()
    x = np.concatenate([Numbered()[i][0] for i in range(10)])
    for dataset in (Numbered(workers=3), Numbered(**PROCESSES)):
        np.testing.assert_allclose(model.predict(dataset), model.predict(x), rtol=1e-5, atol=1e-6)
    assert model.evaluate(Numbered(workers=3), verbose=0) == model.evaluate(Numbered(), verbose=0)
