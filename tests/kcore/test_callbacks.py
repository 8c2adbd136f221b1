"""What each callback does to training, and what it leaves behind."""

from __future__ import annotations

import csv
import importlib
import json
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_layers import Linear

from kcore import Sequential, callbacks, optimizers
from kcore.errors import ConfigurationError, SaveError
from kcore.plugins.catalogue import Catalogue
from kcore.plugins.host import Host


def line(rows: int = 64) -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(rows, 3)).astype("float32")
    return x, x @ np.array([[1.0], [-2.0], [0.5]], "float32")


def model(rate: float = 0.1, **options: Any) -> Any:
    made = Sequential([Linear(1, name="it")])
    made.compile(optimizers.SGD(rate, **options), loss="mse", metrics=["mae"])
    return made


def fit(made: Any, *given: Any, epochs: int = 4, rows: int = 64, **options: Any) -> Any:
    x, y = line(rows)
    return made.fit(x, y, batch_size=8, epochs=epochs, verbose=0, callbacks=list(given), **options)


class Feed(callbacks.Callback):
    """Replaces a logged value by given ones, before the callbacks behind it look."""

    def __init__(self, name: str, values: list[float]) -> None:
        self.name, self.values = name, values

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs[self.name] = self.values[epoch]


def test_early_stopping_waits_restores_and_says_where() -> None:
    values = [3.0, 2.0, 2.5, 2.4, 2.3, 1.0]
    seen: list[Any] = []

    class Keep(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(self.model.get_weights())

    made = model()
    stopper = callbacks.EarlyStopping("val_x", patience=3, restore_best_weights=True)
    history = fit(made, Feed("val_x", values), Keep(), stopper, epochs=6)
    assert len(history.epoch) == 5
    assert (stopper.stopped_epoch, stopper.best, stopper.best_epoch) == (4, 2.0, 1)
    for a, b in zip(made.get_weights(), seen[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_early_stopping_mode_delta_baseline_and_start() -> None:
    up = callbacks.EarlyStopping("val_accuracy", patience=1)
    assert up.mode == "max"
    assert len(fit(model(), Feed("val_accuracy", [0.1, 0.2, 0.2, 0.3]), up).epoch) == 3
    wide = callbacks.EarlyStopping("x", min_delta=0.5, patience=1)
    assert len(fit(model(), Feed("x", [3.0, 2.8, 2.7, 1.0]), wide).epoch) == 2
    hard = callbacks.EarlyStopping("x", baseline=1.0, patience=2)
    assert len(fit(model(), Feed("x", [3.0, 2.0, 1.5, 1.2]), hard).epoch) == 2
    late = callbacks.EarlyStopping("x", patience=0, start_from_epoch=2)
    assert len(fit(model(), Feed("x", [1.0, 2.0, 3.0, 4.0]), late).epoch) == 4


def test_reduce_lr_on_plateau_waits_cools_and_has_a_floor() -> None:
    made = model(1e-2)
    reducer = callbacks.ReduceLROnPlateau("x", 0.1, patience=1, cooldown=2, min_lr=5e-4)
    history = fit(made, Feed("x", [1.0] * 6), reducer, epochs=6).history
    assert history["learning_rate"] == pytest.approx([1e-2, 1e-2, 1e-3, 1e-3, 5e-4, 5e-4])


def test_the_learning_rate_follows_a_schedule() -> None:
    history = fit(model(0.5), callbacks.LearningRateScheduler(lambda e, r: r / 2), epochs=3).history
    assert history["learning_rate"] == pytest.approx([0.25, 0.125, 0.0625])
    history = fit(model(), callbacks.LearningRateScheduler(lambda e: 0.1 * (e + 1)), epochs=2)
    assert history.history["learning_rate"] == pytest.approx([0.1, 0.2])


@pytest.mark.parametrize("value", [float("nan"), -1.0, None, "fast"])
def test_a_schedule_that_gives_no_rate_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"epoch 0.*|{value!r}"):
        fit(model(), callbacks.LearningRateScheduler(lambda e: value))


def test_csv_logger_writes_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    history = fit(model(), callbacks.CSVLogger(path, separator=";"), epochs=2).history
    rows = list(csv.reader(path.read_text().splitlines(), delimiter=";"))
    assert rows[0] == ["epoch", "loss", "mae"]
    assert [float(row[1]) for row in rows[1:]] == history["loss"]
    fit(model(), callbacks.CSVLogger(path, ";", append=True), epochs=3, initial_epoch=2)
    rows = list(csv.reader(path.read_text().splitlines(), delimiter=";"))
    assert [row[0] for row in rows] == ["epoch", "0", "1", "2"]
    with pytest.raises(SaveError, match="no_such"):
        fit(model(), callbacks.CSVLogger(tmp_path / "no_such" / "log.csv"))


def test_json_lines_logger(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    history = fit(model(), callbacks.JSONLinesLogger(path), epochs=2).history
    found = [json.loads(text) for text in path.read_text().splitlines()]
    assert [entry["epoch"] for entry in found] == [0, 1]
    assert [entry["loss"] for entry in found] == history["loss"]


def test_timer_counts_and_ends_training() -> None:
    timer = callbacks.Timer()
    history = fit(model(), timer, epochs=2).history
    assert history["seconds"] == timer.seconds
    assert timer.total >= sum(timer.seconds)
    assert len(fit(model(), callbacks.Timer(limit=0.0), epochs=50).epoch) == 1


def test_model_checkpoint_names_counts_and_keeps_the_best(tmp_path: Path) -> None:
    every = callbacks.ModelCheckpoint(tmp_path / "m-{epoch:02d}-{x:.1f}.h5")
    fit(model(), Feed("x", [4.0, 3.0, 2.0, 1.0]), every)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "m-01-4.0.h5",
        "m-02-3.0.h5",
        "m-03-2.0.h5",
        "m-04-1.0.h5",
    ]
    best = callbacks.ModelCheckpoint(tmp_path / "b-{epoch}.h5", "x", save_best_only=True)
    with pytest.warns(UserWarning, match="x is nan; this model is not kept"):
        fit(model(), Feed("x", [4.0, float("nan"), 5.0, 1.0]), best)
    assert sorted(p.name for p in tmp_path.glob("b-*")) == ["b-1.h5", "b-4.h5"]
    assert best.best == 1.0
    batches = callbacks.ModelCheckpoint(tmp_path / "s-{batch}.h5", save_freq=3)
    fit(model(), batches, epochs=1, rows=80)
    assert sorted(p.name for p in tmp_path.glob("s-*")) == ["s-3.h5", "s-6.h5", "s-9.h5"]
    period = callbacks.ModelCheckpoint(tmp_path / "p-{epoch}.h5", period=2)
    fit(model(), period)
    assert sorted(p.name for p in tmp_path.glob("p-*")) == ["p-2.h5", "p-4.h5"]


def test_terminate_on_nan_stops_without_an_error(capsys: Any) -> None:
    made = model(1e30)
    history = fit(made, callbacks.TerminateOnNaN(), epochs=5, nan="ignore")
    assert len(history.epoch) == 1
    assert "TerminateOnNaN" in capsys.readouterr().out


def test_swap_ema_weights_validates_the_means_and_trains_the_weights() -> None:
    x, y = line()
    seen: dict[str, Any] = {}

    class Look(callbacks.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            seen["validated"] = self.model.get_weights()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen["after"] = self.model.get_weights()

    made = model(use_ema=True, ema_momentum=0.9)
    x, y = line()
    made.fit(
        x,
        y,
        batch_size=8,
        verbose=0,
        validation_data=(x, y),
        callbacks=[callbacks.SwapEMAWeights(), Look()],
    )
    assert not np.allclose(seen["validated"][0], seen["after"][0])
    np.testing.assert_allclose(made.get_weights()[0], seen["validated"][0])
    with pytest.raises(ConfigurationError, match="use_ema=True"):
        fit(model(), callbacks.SwapEMAWeights())


@pytest.fixture
def server() -> Iterator[tuple[str, list[Any]]]:
    """An HTTP server on this machine that remembers what it is sent."""
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers["Content-Type"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    own = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=own.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{own.server_port}", received
    own.shutdown()
    thread.join()
    own.server_close()


def test_remote_monitor_posts_each_epoch(server: tuple[str, list[Any]]) -> None:
    root, received = server
    history = fit(model(), callbacks.RemoteMonitor(root), epochs=2).history
    fit(model(), callbacks.RemoteMonitor(root, "/x", send_as_json=True), epochs=1)
    paths = [path for path, _, _ in received]
    assert paths == ["/publish/epoch/end/", "/publish/epoch/end/", "/x"]
    form = urllib.parse.parse_qs(received[1][2])
    assert json.loads(form["data"][0])["loss"] == pytest.approx(history["loss"][1])
    assert received[2][1] == "application/json"
    assert json.loads(received[2][2])["epoch"] == 0


def test_a_server_that_is_not_there_is_only_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"RemoteMonitor.*127\.0\.0\.1:9"):
        fit(model(), callbacks.RemoteMonitor("http://127.0.0.1:9"), epochs=1)


def test_tensorboard_writes_what_its_own_format_reads(tmp_path: Path) -> None:
    import tensorflow as tf
    from tensorflow.core.util import event_pb2

    def events(name: str) -> list[Any]:
        (path,) = (tmp_path / name).iterdir()
        records = tf.data.TFRecordDataset(str(path))
        return [event_pb2.Event.FromString(r.numpy()) for r in records]

    board = callbacks.TensorBoard(
        tmp_path,
        histogram_freq=2,
        write_images=True,
        write_steps_per_second=True,
        update_freq=4,
    )
    x, y = line()
    made = model()
    made.build((None, 3))
    history = made.fit(
        x,
        y,
        batch_size=8,
        epochs=3,
        verbose=0,
        validation_data=(x, y),
        callbacks=[board],
    ).history
    train = events("train")
    assert train[0].file_version == "brain.Event:2"
    assert any(e.graph_def for e in train)
    values = [(v.tag, e.step, v) for e in train for v in e.summary.value]
    losses = [v.simple_value for tag, _, v in values if tag == "epoch_loss"]
    assert losses == pytest.approx(history["loss"])
    assert [step for tag, step, _ in values if tag == "batch_loss"] == [4, 8, 12, 16, 20, 24]
    spread = [(step, v.histo) for tag, step, v in values if tag == "it/kernel/histogram"]
    assert [step for step, _ in spread] == [0, 2]
    assert spread[0][1].num == 3
    assert sum(1 for tag, _, v in values if tag.endswith("/image") and v.image.width) == 2
    found = [(v.tag, v.simple_value) for e in events("validation") for v in e.summary.value]
    assert [v for tag, v in found if tag == "epoch_loss"] == pytest.approx(history["val_loss"])


def test_base_logger_averages_what_a_loop_logs() -> None:
    logger = callbacks.BaseLogger(stateful_metrics=["best"])
    logger.on_epoch_begin(0)
    for batch, size in enumerate((1, 3)):
        logger.on_batch_end(batch, {"size": size, "loss": float(batch), "best": 7 + batch})
    logs: dict[str, float] = {}
    logger.on_epoch_end(0, logs)
    assert logs == {"loss": 0.75, "best": 8.0}


WRONG: list[tuple[Any, tuple[str, ...]]] = [
    (lambda: callbacks.EarlyStopping(patience=-1), ("EarlyStopping", "patience", "-1")),
    (lambda: callbacks.EarlyStopping(mode="up"), ("EarlyStopping", "mode", "'up'", "'max'")),
    (lambda: callbacks.ReduceLROnPlateau(factor=1.0), ("ReduceLROnPlateau", "factor", "1.0")),
    (lambda: callbacks.ReduceLROnPlateau(patience=2.5), ("patience", "2.5")),
    (lambda: callbacks.ReduceLROnPlateau(rate=1), ("ReduceLROnPlateau", "rate")),
    (lambda: callbacks.ModelCheckpoint("a.h5", save_freq=0), ("save_freq", "0")),
    (lambda: callbacks.ModelCheckpoint("a.h5", best=True), ("ModelCheckpoint", "best")),
    (lambda: callbacks.TensorBoard(update_freq="step"), ("update_freq", "'step'")),
    (lambda: callbacks.RemoteMonitor("localhost"), ("root", "'localhost'")),
    (lambda: callbacks.LearningRateScheduler(0.1), ("schedule", "0.1")),
]


@pytest.mark.parametrize(("make", "facts"), WRONG)
def test_arguments_that_can_never_work(make: Any, facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize("make", [callbacks.EarlyStopping, callbacks.ReduceLROnPlateau])
def test_a_name_that_is_not_logged_is_an_error_that_lists_those_that_are(make: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"val_loss.*loss, mae.*validation_data"):
        fit(model(), make("val_loss"))


def test_a_checkpoint_that_cannot_be_written_is_known_before_the_first_step(tmp_path: Path) -> None:
    made = model()
    with pytest.raises(SaveError, match="no_such"):
        fit(made, callbacks.ModelCheckpoint(tmp_path / "no_such" / "m.h5"))
    assert int(made.optimizer.iterations) == 0
    with pytest.raises(ConfigurationError, match=r"\{no\}.*'no'.*epoch, loss|asks for 'no'"):
        fit(made, callbacks.ModelCheckpoint(tmp_path / "m-{no}.h5"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: callbacks.EarlyStopping("loss", restore_best_weights=True),
        lambda: callbacks.ReduceLROnPlateau("loss"),
        lambda: callbacks.ModelCheckpoint("unused-{epoch}.h5", "loss"),
        callbacks.Timer,
    ],
)
def test_state_goes_from_one_object_to_another(make: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = make(), make()
    fit(model(), first, epochs=2)
    second.load_state_dict(first.state_dict())
    found, expected = second.state_dict(), first.state_dict()
    assert set(found) == set(expected)
    for key in set(found) - {"total", "best_weights"}:
        assert found[key] == expected[key]


def test_callbacks_of_plugins_are_added_to_every_fit(
    plugin_folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin_folder.add(
        "watcher",
        """
        import pluggy
        hookimpl = pluggy.HookimplMarker("kcore")

        @hookimpl
        def kcore_callbacks(model):
            import watcher_callback
            return [watcher_callback.Watcher(model.name)]
        """,
        watcher_callback="""
        class Watcher:
            seen = []

            def __init__(self, name):
                self.seen.append(name)

            def set_model(self, model):
                pass

            def set_params(self, params):
                pass

            def on_epoch_end(self, epoch, logs=None):
                self.seen.append((epoch, sorted(logs)))
        """,
    )
    plugin_folder.add(
        "breaker",
        """
        import pluggy
        hookimpl = pluggy.HookimplMarker("kcore")

        @hookimpl
        def kcore_callbacks(model):
            raise RuntimeError("broken")
        """,
    )
    host = Host([*plugin_folder.path, *sys.path])
    monkeypatch.setattr("kcore.plugins.catalogue._CATALOGUE", Catalogue(host))
    made = model()
    with pytest.warns(UserWarning, match="breaker"):
        fit(made, epochs=2)
    seen = importlib.import_module("watcher_callback").Watcher.seen
    assert seen == [made.name, (0, ["loss", "mae"]), (1, ["loss", "mae"])]


def test_model_checkpoint_keeps_the_newest_and_the_best(tmp_path: Path) -> None:
    keeper = callbacks.ModelCheckpoint(tmp_path / "m-{epoch}.h5", "x", keep=2)
    fit(model(), Feed("x", [4.0, 1.0, 3.0, 2.0, 5.0]), keeper, epochs=5)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m-2.h5", "m-4.h5", "m-5.h5"]
    with pytest.raises(ConfigurationError, match=r"ModelCheckpoint: keep.*0"):
        callbacks.ModelCheckpoint("m-{epoch}.h5", keep=0)
