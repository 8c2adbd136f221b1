"""Callbacks are called as Keras 3 calls them: the same hooks in the same order, the same arguments.

A trace holds the name of each hook, its epoch or batch, the keys of its logs, and `params`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from twins import numbers

import kcore

X, Y = numbers(20, 3), numbers(20, 1, seed=1)
HOOKS = [
    f"on_{mode}_{place}"
    for mode in ("train", "test", "predict")
    for place in ("begin", "end", "batch_begin", "batch_end")
]
HOOKS += ["on_epoch_begin", "on_epoch_end"]
Trace = list[tuple[Any, ...]]


def recorder(k: Any, trace: Trace, name: str = "", hooks: Any = HOOKS) -> Any:
    """A callback of a framework that takes down what it is told."""

    def hook(called: str) -> Callable[..., None]:
        def note(self: Any, *args: Any, **kwargs: Any) -> None:
            given = [*args, *kwargs.values()]
            numbers = [int(a) for a in given if isinstance(a, (int, np.integer))]
            logs = next((a for a in given if isinstance(a, dict)), {})
            trace.append((name + called, *numbers, *sorted(logs)))

        return note

    def set_params(self: Any, params: Any) -> None:
        self.params = params
        known = {key: params[key] for key in ("epochs", "steps", "verbose") if key in params}
        trace.append((name + "set_params", *sorted(known.items())))

    methods = {called: hook(called) for called in hooks}
    return type("Recorder", (k.callbacks.Callback,), {**methods, "set_params": set_params})()


def stopper(k: Any, hook: str, at: int) -> Any:
    """A callback that ends training."""

    def stop(self: Any, number: int, logs: Any = None) -> None:
        if number == at:
            self.model.stop_training = True

    return type("Stopper", (k.callbacks.Callback,), {hook: stop})()


def model(k: Any, **options: Any) -> Any:
    made = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return made


def two_outputs(k: Any) -> Any:
    start = k.Input((3,))
    outputs = [k.layers.Dense(1, name="a")(start), k.layers.Dense(1, name="b")(start)]
    made = k.Model(start, outputs)
    made.compile("sgd", loss=["mse", "mae"], metrics=[["mae"], ["mse"]])
    return made


def batches(count: int) -> list[Any]:
    return [(X[4 * i % 20 : 4 * i % 20 + 4], Y[4 * i % 20 : 4 * i % 20 + 4]) for i in range(count)]


def generator() -> Iterator[Any]:
    while True:
        yield from batches(5)


def sequence(k: Any) -> Any:
    def length(self: Any) -> int:
        return 5

    def item(self: Any, index: int) -> Any:
        return batches(5)[index]

    return type("Batches", (k.utils.PyDataset,), {"__len__": length, "__getitem__": item})()


def dataset() -> Any:
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)


Run = Callable[[Any, Any], Any]


def arrays(**options: Any) -> Run:
    """fit on arrays in batches of eight."""
    given = {"batch_size": 8, "epochs": 2, "verbose": 0, **options}
    return lambda k, seen: model(k).fit(X, Y, callbacks=[seen], **given)


def stopped(hook: str, at: int) -> Run:
    return lambda k, seen: model(k).fit(
        X, Y, batch_size=8, epochs=4, verbose=0, callbacks=[stopper(k, hook, at), seen]
    )


RUNS: dict[str, Run] = {
    "arrays": arrays(),
    "one epoch of whole batches": arrays(batch_size=4, epochs=1),
    "a batch of everything": arrays(batch_size=64),
    "initial epoch": arrays(epochs=5, initial_epoch=3),
    "validation data": arrays(validation_data=(X, Y)),
    "validation split": arrays(validation_split=0.3),
    "validation every second epoch": arrays(epochs=4, validation_data=(X, Y), validation_freq=2),
    "validation after listed epochs": arrays(
        epochs=4, validation_data=(X, Y), validation_freq=[1, 4]
    ),
    "validation in batches of its own": arrays(validation_data=(X, Y), validation_batch_size=5),
    "validation steps": arrays(validation_data=(X, Y), validation_steps=2),
    "sample weights": arrays(sample_weight=np.ones(20)),
    "metrics": lambda k, seen: model(k, metrics=["mae"], weighted_metrics=["mse"]).fit(
        X, Y, epochs=2, verbose=0, validation_data=(X, Y), callbacks=[seen]
    ),
    "two outputs": lambda k, seen: two_outputs(k).fit(
        X, [Y, Y], epochs=2, verbose=0, callbacks=[seen]
    ),
    "run eagerly": lambda k, seen: model(k, run_eagerly=True).fit(
        X, Y, epochs=2, verbose=0, callbacks=[seen]
    ),
    "generator": lambda k, seen: model(k).fit(
        generator(), steps_per_epoch=3, epochs=2, verbose=0, callbacks=[seen]
    ),
    "validation by a generator": lambda k, seen: model(k).fit(
        X,
        Y,
        epochs=2,
        verbose=0,
        validation_data=generator(),
        validation_steps=2,
        callbacks=[seen],
    ),
    "sequence": lambda k, seen: model(k).fit(sequence(k), epochs=2, verbose=0, callbacks=[seen]),
    "tf.data": lambda k, seen: model(k).fit(
        dataset(), epochs=2, verbose=0, validation_data=dataset(), callbacks=[seen]
    ),
    "stopped in an epoch's end": stopped("on_epoch_end", 1),
    "stopped in a batch": stopped("on_train_batch_end", 1),
    "stopped before an epoch": stopped("on_epoch_begin", 0),
    "evaluate": lambda k, seen: model(k, metrics=["mae"]).evaluate(
        X, Y, batch_size=8, verbose=0, callbacks=[seen]
    ),
    "predict": lambda k, seen: model(k).predict(X, batch_size=8, verbose=0, callbacks=[seen]),
}


@pytest.mark.parametrize("case", RUNS)
def test_the_same_hooks_in_the_same_order(case: str) -> None:
    traces = []
    for k in (kcore, keras):
        trace: Trace = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            RUNS[case](k, recorder(k, trace))
        traces.append(trace)
    ours, theirs = traces
    assert ours == theirs
    assert len(ours) > 4


def test_several_callbacks_take_turns_in_the_order_given() -> None:
    traces = []
    for k in (kcore, keras):
        trace: Trace = []
        given = [recorder(k, trace, name) for name in ("first ", "second ")]
        model(k).fit(X, Y, batch_size=8, verbose=0, callbacks=given)
        traces.append([entry for entry in trace if "set_params" not in entry[0]])
    assert traces[0] == traces[1]


def test_old_names_of_batch_hooks_are_called() -> None:
    traces = []
    for k in (kcore, keras):
        trace: Trace = []
        hooks = ("on_batch_begin", "on_batch_end")
        model(k).fit(X, Y, batch_size=8, verbose=0, callbacks=[recorder(k, trace, hooks=hooks)])
        traces.append(trace)
    assert traces[0] == traces[1]
    assert len(traces[0]) == 7
