"""Memory stays flat without clear_session and without gc.collect by the caller."""

from __future__ import annotations

import gc
import resource
import weakref
from pathlib import Path
from typing import Any

import numpy as np

import kcore
from kcore.layers import Dense, Dropout, Input


def _train() -> Any:
    model = kcore.Sequential([Input((4,)), Dense(8, activation="relu"), Dropout(0.5), Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((8, 4)), np.ones((8, 2)), epochs=2, validation_split=0.5, verbose=0)
    model.predict(np.ones((3, 4)))
    return model


def test_a_trained_model_is_freed_when_nobody_holds_it() -> None:
    _train()  # what is made once in a process
    gc.collect()
    gc.disable()
    try:
        model = _train()
        alive = weakref.ref(model)
        weight = weakref.ref(model.weights[0])
        del model
        assert alive() is None
        assert weight() is None
    finally:
        gc.enable()


def test_fifty_batch_sizes_need_one_compiled_function() -> None:
    model = _train()
    for count in range(1, 51):
        assert model.predict(np.ones((count, 4)), batch_size=64).shape == (count, 2)
    assert len(model.trainer.compiled._functions) == 3  # train, test, predict


def test_a_hundred_epochs_with_validation_take_no_more_memory() -> None:
    used: list[int] = []

    class Look(kcore.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            used.append(pages * resource.getpagesize())

    model = kcore.Sequential([Input((64,)), Dense(64, activation="relu"), Dropout(0.5), Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    x, y = np.ones((2000, 64), "float32"), np.ones((2000, 2), "float32")
    stopper = kcore.callbacks.EarlyStopping(patience=1000, restore_best_weights=True)
    model.fit(x, y, epochs=100, validation_data=(x, y), verbose=0, callbacks=[Look(), stopper])
    assert max(used[50:]) - used[20] < 4 * 2**20
